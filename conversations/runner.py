"""Runs the queued turns: one runner in each process that serves, started with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar
from uuid import uuid4

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError

from capsule.threads import LastingThreads
from conversations.answering import answer
from conversations.declarations import message_handlers
from conversations.errors import SessionConflict, TurnLost, TurnRefused
from conversations.models import State
from conversations.problems import CONFLICT, FAILED
from conversations.relaying import Relay
from conversations.running import Turn, save_growing
from conversations.saying import Part
from conversations.streaming import Pulse
from conversations.turns import beat, claim_turns, interrupt_abandoned, to_stop
from live.hub import hub

__all__ = ["Runner", "start_runner"]

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger("capsule.conversations")

ASYNC_TURNS: Final = 256  # at once in this process; sync ones have a thread each
HEARTBEAT: Final = 5.0  # seconds
DELIVER_EVERY: Final = 0.05  # seconds
SAVE_EVERY: Final = 0.5  # seconds
AGAIN_AFTER: Final = 1.0  # seconds, after an error
REPETITIONS: Final = (0.2, 1.0, 3.0, 10.0)  # seconds to wait where the database does not answer
UNANSWERED = (OperationalError, InterfaceError)


class Runner:
    """Claims turns, runs them, says that it lives, and gives up those of runners that do not.

    Its loops outlive every error: a database that does not answer is asked again later.
    """

    def __init__(self) -> None:
        self.turns: dict[str, Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._look = Pulse(self._looked, 0)
        self._deliver = Pulse(self._delivered, DELIVER_EVERY)
        self._save = Pulse(self._saved, SAVE_EVERY)
        self._relay = Relay(self._ask, lambda: {turn.conversation_id for turn in self.turns.values()})
        # A slow handler must hold up neither the pages nor the heartbeat: threads of their own for each.
        self._own_threads = LastingThreads(2)
        self._sync_threads = LastingThreads(settings.CAPSULE_TURN_THREADS)
        self._helper_threads = LastingThreads(2)  # what async handlers ask of the database

    def start(self) -> None:
        """Run from now on, woken by what the hub hears."""
        streaming = (self._deliver.run(), self._save.run())
        for loop in (self._look.run(), self._relay.run(), self._beats(), *streaming):
            self._spawn(loop)
        hub.on_change("turns", lambda topic, version: self.wake())
        hub.on_change("stream", self._relay.changed)
        self.wake()

    def wake(self) -> None:
        """Look for turns to run and to stop; on any thread."""
        self._look.ask()

    async def drain(self) -> None:
        """Run whatever is queued until nothing is: what tests call in place of ``start``."""
        streaming = [asyncio.create_task(pulse.run()) for pulse in (self._deliver, self._save)]
        try:
            while True:
                before = set(self._tasks)
                if not await self.claim() and not before:
                    return
                # What ended while we looked left room that was not seen.
                if before <= self._tasks and self._tasks:
                    await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in streaming:
                task.cancel()

    # Looking ------------------------------------------------------------------------------------------

    async def _looked(self) -> None:
        await self._tried(self.stop_asked)
        await self._tried(self.claim)

    async def stop_asked(self) -> None:
        """Stop those of the running turns that a person asked to stop."""
        if self.turns:
            for token in await self._ask(to_stop, list(self.turns)):
                self._stop(token)

    def _stop(self, token: str) -> None:
        if token in self.turns:
            self.turns[token].stop()

    async def claim(self) -> int:
        """Claim what there is room for, and begin to run it; how many turns that were."""
        names: dict[bool, list[str]] = {True: [], False: []}
        for handler in message_handlers:
            names[handler.is_async].append(handler.name)
        running = [turn.is_async for turn in self.turns.values()]
        claims = await self._ask(claim_turns, ASYNC_TURNS - running.count(True), names[False])
        room = settings.CAPSULE_TURN_THREADS - running.count(False)
        claims += await self._ask(claim_turns, room, names[True])
        for claim in claims:
            turn = self.turns[claim.token] = Turn(claim)
            self._spawn(self._run(turn))
        return len(claims)

    async def _beats(self) -> None:
        while True:
            await self._tried(self.beat)
            self.wake()  # should ever an announcement have been missed
            await asyncio.sleep(HEARTBEAT)

    async def beat(self) -> None:
        """Say that the turns here are being run, and give up those that nobody runs any more."""
        mine = list(self.turns)
        if mine:
            kept = await self._ask(beat, mine)
            for token in set(mine) - kept:
                self._stop(token)
        if await self._ask(interrupt_abandoned):
            self.wake()

    # Running ------------------------------------------------------------------------------------------

    async def _run(self, turn: Turn) -> None:
        try:
            await self._ask(turn.prepare)
            await self._answer(turn)
        except TurnRefused as refusal:
            await self._tried(partial(self._repeated, turn.give_up, State.FAILED, refusal.problem))
        except TurnLost:
            logger.info("Turn %s is not this runner's any more.", turn.claim.turn_id)
        except Exception as error:
            await self._tried(partial(self._failed, turn, error))
        finally:
            del self.turns[turn.claim.token]
            self.wake()  # the next of this conversation, or one that had no room

    async def _answer(self, turn: Turn) -> None:
        threads = self._helper_threads if turn.is_async else self._sync_threads
        turn.on_write = partial(self._written, turn)
        with threads.chosen(), turn.acting():
            task = turn.task = asyncio.create_task(answer(turn))
            await asyncio.wait([task])
        await self._ended(turn, task)

    # While they stream --------------------------------------------------------------------------------

    def _written(self, turn: Turn) -> None:
        """Called on any thread with each piece."""
        turn.has_news = True
        self._deliver.ask()
        self._save.ask()

    async def _delivered(self) -> None:
        for turn in self.turns.values():
            if turn.has_news:
                turn.deliver()

    async def _saved(self) -> None:
        turns = list(self.turns.values())
        try:
            for turn in await self._ask(save_growing, turns):
                turn.has_news = True  # a page that was loaded before this sees that it lacks something
                self._deliver.ask()
        except Exception as error:
            logger.warning("Growing replies could not be saved, and will be later: %s", error)
        if any(turn.is_behind for turn in turns):  # somebody held it, or it has grown meanwhile
            self._save.ask()

    async def _ended(self, turn: Turn, task: asyncio.Task[list[Part]]) -> None:
        error = None if task.cancelled() else task.exception()
        if turn.stopping:
            await self._repeated(turn.give_up, State.STOPPED)
        elif task.cancelled():
            raise TurnLost  # by nobody's wish: the process is about to end
        elif isinstance(error, TurnRefused):
            raise error  # its sender may not write here any more
        elif error is not None:
            await self._failed(turn, error)
        else:
            try:
                await self._repeated(turn.finish, task.result())
            except SessionConflict:
                await self._repeated(turn.give_up, State.FAILED, CONFLICT)

    async def _failed(self, turn: Turn, error: BaseException) -> None:
        if isinstance(error, TurnLost):
            raise error
        number = uuid4().hex
        logger.error("Turn %s failed, error %s", turn.claim.turn_id, number, exc_info=error)
        await self._repeated(turn.give_up, State.FAILED, FAILED, number)

    # The database -------------------------------------------------------------------------------------

    async def _ask(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call what asks the database, on one of the runner's own threads."""
        with self._own_threads.chosen():
            answered: R = await database_sync_to_async(function)(*args, **kwargs)
        return answered

    async def _repeated(self, function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call it again while the database does not answer: how a turn ended must not get lost."""
        for delay in REPETITIONS:
            try:
                await self._ask(function, *args, **kwargs)
                return
            except UNANSWERED as error:
                logger.warning("The end of a turn could not be stored, trying again: %s", error)
                await asyncio.sleep(delay)
        await self._ask(function, *args, **kwargs)

    async def _tried(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do it; whatever goes wrong is told to the log, and looked at again a little later."""
        try:
            await work()
            return
        except TurnLost:
            return
        except UNANSWERED as error:
            logger.warning("The database did not answer the runner of turns: %s", error)
        except Exception:
            logger.exception("The runner of turns met an error, and goes on.")
        asyncio.get_running_loop().call_later(AGAIN_AFTER, self.wake)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        # The loop itself holds its tasks only weakly.
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_runners: list[Runner] = []


def start_runner() -> None:
    """Start this process's runner; called in the event loop, once it serves."""
    runner = Runner()
    _runners[:] = [runner]
    runner.start()
