import asyncio
from typing import Any

import pytest

from api.http import handing
from api.http.handing import Handing
from ledger.formats.errors import UnavailableError
from ledger.log.lease import Held


class Following:
    """The leadership as a process sees it that does not lead: the one given, until ``after`` is set."""

    def __init__(self, first: Held) -> None:
        self.leads, self.leader, self.states = False, first, dict[str, str]()

    def look(self) -> Held:
        return self.leader


def held(epoch: int, address: str) -> Held:
    return Held(epoch=epoch, holder="other", address=address, seconds=0.0, live=True, asked=False)


async def nothing(*_: Any) -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


@pytest.mark.parametrize("taken_over", ["by another", "by this one"])
def test_a_leader_that_freezes_holds_no_request_for_longer_than_it_leads(
    monkeypatch: pytest.MonkeyPatch, taken_over: str
) -> None:
    monkeypatch.setattr(handing, "LOOK_SECONDS", 0.05)

    async def run() -> None:
        ended = asyncio.Event()

        async def frozen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()  # until the other side hangs up
            ended.set()
            writer.close()

        server = await asyncio.start_server(frozen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        leadership = Following(held(1, f"http://127.0.0.1:{port}"))
        layer = Handing(nothing, leadership)  # type: ignore[arg-type]
        scope = {"type": "http", "method": "POST", "path": "/credentials/issue", "headers": [], "query_string": b""}
        asked = asyncio.ensure_future(layer(scope, nothing, nothing))  # type: ignore[arg-type]
        done, _ = await asyncio.wait({asked}, timeout=0.3)
        assert not done  # it leads still, and may take its time
        if taken_over == "by another":
            leadership.leader = held(2, "http://127.0.0.1:1")
        else:
            leadership.leads = True
        with pytest.raises(UnavailableError) as caught:
            await asyncio.wait_for(asked, 5)
        assert caught.value.code == "log.interrupted"
        await asyncio.wait_for(ended.wait(), 5)
        await layer.aclose()
        server.close()

    asyncio.run(run())
