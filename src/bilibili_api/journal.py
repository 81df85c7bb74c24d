"""The journal: uploads that outlive the process, and what is known of each.

    from bilibili_api.journal import Journal
    from bilibili_api.video_uploader import VideoUploader

    journal = Journal()
    uploader = VideoUploader(pages, meta, credential, journal=journal)  # goes on where an earlier one stopped
    for job in await journal.jobs():
        if job.state == "open":
            await VideoUploader.resume(job, credential, journal=journal).start()

Nothing is written before an upload is given a journal.
"""

from __future__ import annotations

from bilibili_api.engine.jobs import Job, JobPage, JobSubtitle
from bilibili_api.engine.journal import Journal

__all__ = ["Job", "JobPage", "JobSubtitle", "Journal"]
