"""Workers in processes of their own that keep to one sender's rate limit, and what they reach."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from queue import Queue
from typing import NamedTuple

from bot.channels.pacing import Pace
from scheduler.store.session import make_engine, writing

SENDER = "whatsapp:+6281100000000"
BATCH = 25

FORKSERVER = get_context("forkserver")
FORKSERVER.set_forkserver_preload(["tests.story.pacing_workers"])


class Measured(NamedTuple):
    """The most messages of any second, and the part of the limit that went out on average."""

    peak: int
    efficiency: float


def measure(
    url: str,
    workers: int,
    limit: int,
    latency_s: float = 0.2,
    seconds: float = 4.0,
    threads: int = 16,
) -> Measured:
    """Let processes with `threads` threads each send for some seconds through one sender.

    A message is a sleep of `latency_s`. The efficiency is taken from when every worker goes.
    """
    pipes = [FORKSERVER.Pipe() for _ in range(workers)]
    processes = [
        FORKSERVER.Process(target=work, args=(url, limit, latency_s, seconds, threads, far))
        for _, far in pipes
    ]
    try:
        for process in processes:
            process.start()
        for near, far in pipes:
            far.close()  # a worker that dies ends the wait for it
            assert near.recv() == "ready"
        start = time.monotonic() + 0.05
        for near, _ in pipes:
            near.send(start)
        arrivals = [near.recv() for near, _ in pipes]
    finally:
        for process in processes:
            process.join(30)
            process.kill()
    everything = sorted(moment for some in arrivals for moment in some)
    counted = sum(start + 0.5 <= moment < start + 0.5 + seconds for moment in everything)
    return Measured(peak(everything), counted / (limit * seconds))


def peak(moments: list[float], window_s: float = 1.0) -> int:
    """Return the most of these (in order) that lie in any window, its ends included."""
    first = most = 0
    for last, moment in enumerate(moments):
        while moments[first] < moment - window_s:
            first += 1
        most = max(most, last - first + 1)
    return most


def work(url: str, limit: int, latency_s: float, seconds: float, threads: int, pipe: Pipe) -> None:
    """Take slots for a batch, let threads wait for them and send; tell when each was sent."""
    engine = make_engine(url)
    pace = Pace(engine, SENDER, limit)
    queue: Queue[float | None] = Queue(maxsize=threads)
    patience = seconds + 30
    arrivals: list[float] = []

    def send_all(deadline: float) -> None:
        while (slot := queue.get(timeout=patience)) is not None:
            if pace.wait(slot, deadline):
                arrivals.append(time.monotonic())
                time.sleep(latency_s)

    with writing(engine):  # connected before the start
        pipe.send("ready")
    start = pipe.recv()
    end = start + seconds + 1.0
    with ThreadPoolExecutor(threads) as team:
        sending = [team.submit(send_all, end) for _ in range(threads)]
        time.sleep(max(0.0, start - time.monotonic()))
        while time.monotonic() < end:
            with writing(engine) as connection:
                slots = pace.reserve(connection, BATCH)
            for slot in slots:
                queue.put(slot, timeout=patience)
        for _ in sending:
            queue.put(None, timeout=patience)
        for one in sending:
            one.result()
    engine.dispose()
    pipe.send(arrivals)
