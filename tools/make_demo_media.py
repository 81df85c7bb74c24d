# /// script
# requires-python = ">=3.11"
# dependencies = ["av>=14", "numpy", "pillow>=10.3"]
# ///
"""Make the media that `bvup demo` uploads: two clips and a cover, in the folder given as the argument.

    python3 -m venv /tmp/media && /tmp/media/bin/pip install av numpy pillow
    /tmp/media/bin/python tools/make_demo_media.py src/bilibili_api/apps/cli/media

Everything is drawn here, so the files carry no rights but this project's. The clips are H.264 and AAC in MP4
with the index in front (`+faststart`), so that a browser plays them while they load.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 25, 6
COVER = (1146, 717)  # the size Bilibili itself recommends, 16:10
SAMPLES = 44_100
BITS = 1_500_000
HUES = {
    "P1": (0.55, 440.0),
    "P2": (0.05, 550.0),
}  # of each clip: base hue (0..1) and pitch of its beep in hertz


def picture(label: str, second: float, size: tuple[int, int]) -> Image.Image:
    """Draw the test picture of one instant: waves, grain, a sweeping bar, label and counter."""
    width, height = size
    hue, _ = HUES[label]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    wave = np.sin(7 * x + 2.1 * second) + np.sin(9 * y - 1.7 * second) + np.sin(5 * (x + y) + 1.3 * second)
    grain = np.random.default_rng(int(second * RATE)).normal(0, 5, (height, width))
    hsv = np.empty((height, width, 3), np.uint8)
    hsv[..., 0] = ((hue + wave / 30) % 1 * 255).astype(np.uint8)
    hsv[..., 1] = 150
    hsv[..., 2] = np.clip(120 + 22 * wave + grain, 0, 255).astype(np.uint8)
    image = Image.fromarray(hsv, "HSV").convert("RGB")
    draw = ImageDraw.Draw(image)
    unit = height // 12
    sweep = int(second / SECONDS * width)
    draw.rectangle((sweep - unit // 4, 0, sweep + unit // 4, height), fill=(255, 255, 255))
    draw.text(
        (unit, unit),
        label,
        font=ImageFont.load_default(unit * 5),
        fill="white",
        stroke_width=3,
        stroke_fill="black",
    )
    clock = f"{int(second):02d}:{round(second * RATE) % RATE:02d}"
    draw.text(
        (unit, unit * 8),
        clock,
        font=ImageFont.load_default(unit * 3),
        fill="white",
        stroke_width=2,
        stroke_fill="black",
    )
    return image


def beep(pitch: float) -> np.ndarray:
    """Return the sound of a clip: a short, soft beep at each full second, as mono float samples."""
    instant = np.arange(SAMPLES * SECONDS) / SAMPLES
    envelope = np.exp(-12 * (instant % 1))
    return (0.2 * np.sin(2 * np.pi * pitch * instant) * envelope).astype(np.float32)


def write_clip(path: Path, label: str) -> None:
    """Encode one clip."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=RATE, options={"preset": "slow", "g": "50"})
        video.width, video.height, video.pix_fmt, video.bit_rate = WIDTH, HEIGHT, "yuv420p", BITS
        audio = container.add_stream("aac", rate=SAMPLES, layout="mono")
        for number in range(RATE * SECONDS):
            frame = av.VideoFrame.from_image(picture(label, number / RATE, (WIDTH, HEIGHT)))
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(video.encode(frame))
        sound = av.AudioFrame.from_ndarray(beep(HUES[label][1])[np.newaxis, :], format="fltp", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = SAMPLES, 0, Fraction(1, SAMPLES)
        container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def prove(path: Path) -> str:
    """Decode every frame of a clip and say what is in it."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        frames = sum(1 for _ in container.decode(video))
        container.seek(0)
        samples = sum(frame.samples for frame in container.decode(audio))
        context = video.codec_context
        return (
            f"{path.name}: {path.stat().st_size} bytes, {context.name} {context.pix_fmt} "
            f"{video.width}x{video.height}, {frames} frames, {audio.codec_context.name} {samples} samples"
        )


def main(folder: Path) -> None:
    """Write the clips and the cover into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for label in HUES:
        path = folder / f"{label}.mp4"
        write_clip(path, label)
        sys.stdout.write(prove(path) + "\n")
    picture("P1", 2.0, COVER).save(folder / "cover.jpg", quality=85, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
