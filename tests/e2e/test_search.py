"""What a manager types into the search, and what is found."""

from collections.abc import Callable

import pytest

from core.model import ChatId, ConnectionId, Target, Visitor
from core.store.store import Store
from tests.server import PoolOf, Server

Serve = Callable[..., Server]

SAID = {
    "a": "Where is my ORDER-4711? See shop.example.com/orders/4711",
    "b": "I'd like a re-fund of 12.50 EUR, said support@example.org",
    "c": "Können Sie über_morgen liefern? <Bob Roe> <bob@roe.example>, +49 151-42, R&D;"
    " ~/a_b.txt 3e5abc12 x~y हिन्दी",
}
FOUND = {
    "order": "a",
    "Order 4711": "a",
    "order-4711": "a",
    "shop.example.com": "a",
    "orders/47": "a",
    "refund": "",
    "re-fund": "b",
    "12.50": "b",
    "I'd": "b",
    "support@exam": "b",
    "example": "dcba",
    "roe": "c",
    "151": "c",
    "49": "c",
    "42": "c",
    "R&D": "cb",
    "txt": "c",
    "b": "dcb",
    "a_b.t": "c",
    "https://shop.example.com/orders/4711?x=1": "",
    "shop:example": "a",
    "3e5abc12": "c",
    "3E5ab": "c",
    "y": "c",
    "हिन्दी": "c",
    "हिन्": "c",
    "🙂": "",
    "können": "c",
    "Morgen": "c",
    "anna": "d",
    "O'Hara": "d",
    "anna.berg@mail.example": "d",
    "ANNA hara": "d",
    "order refund": "",
    "' | !": "",
    "": "dcba",
}
ANNA = Visitor(name="Anna O'Hara-Berg", email="anna.berg@mail.example")


async def said(store: Store, chat: str, text: str, visitor: Visitor | None = None) -> None:
    chat_id, socket = ChatId(chat), ConnectionId(f"socket-{chat}")
    await store.chats.begin(chat_id, visitor or Visitor())
    await store.connections.enter(Target(socket, "http://nowhere/ws"), chat_id)
    await store.turns.receive(socket, text, "1")


@pytest.fixture
async def chats_with_texts(store: Store) -> None:
    for chat, text in SAID.items():
        await said(store, chat, text)
    await said(store, "d", "hello", ANNA)


async def test_what_is_typed_is_found(chats_with_texts: None, serve: Serve) -> None:
    server = serve()
    found = {}
    for typed in FOUND:
        page = server.get("/manager/chats", q=typed).json()
        found[typed] = "".join(chat["chat_id"] for chat in page["chats"])
    assert found == FOUND


UNSPACED = {
    "zh": "我想退款请帮忙，订单4711的iPhone手机坏了",
    "ja": "注文した商品がまだ届きません。返品できますか？",
    "th": "ฉันต้องการคืนเงิน",
    "ko": "환불을 받고 싶어요",
    "far": "𠮷野家で",
}
PHRASES = {
    "退款": ["zh"],
    "款退": [],
    "请帮忙": ["zh"],
    "4711": ["zh"],
    "手机 退款": ["zh"],
    "iphone手": ["zh"],
    "iphone": ["zh"],
    "商品": ["ja"],
    "届きません": ["ja"],
    "品商": [],
    "返品 注文": ["ja"],
    "คืนเงิน": ["th"],
    "환불": ["ko"],
    "𠮷野": ["far"],
    "王": ["name"],
    "小明": ["name"],
    "明小": [],
}


@pytest.mark.parametrize("query", PHRASES)
async def test_words_without_spaces_between_them_are_found(
    unspaced: Callable[[str], list[str]], query: str
) -> None:
    assert unspaced(query) == PHRASES[query]


@pytest.fixture
async def unspaced(shared: Serve, pool_of: PoolOf) -> Callable[[str], list[str]]:
    server = shared(ECHO_DELAY="60")
    store = Store(await pool_of(server))
    for chat, text in UNSPACED.items():
        await said(store, chat, text)
    await said(store, "name", "hello", Visitor(name="王小明"))

    def find(query: str) -> list[str]:
        chats = server.get("/manager/chats", q=query).json()["chats"]
        return [chat["chat_id"] for chat in chats]

    return find
