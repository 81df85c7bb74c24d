"""What Bilibili says: builds `Request`s and parses `Response`s. Pure: no clock, no disk, no network."""
