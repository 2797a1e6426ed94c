"""Whole lists of one kind, as those who look again need them."""

from reconciler.api.client import Api
from reconciler.api.failures import ApiError, KeyRefusedError, NotFoundError
from reconciler.model.kind import Remote
from reconciler.model.observed import Listing, Observed
from reconciler.model.request import Request
from reconciler.model.values import Fields, text

PASSES = 2
"""So many complete lists say that something is not there. A page begins where so many objects are
before it, so that one which people remove between two pages hides another."""

INDEXES = Request("list_indexes", "GET", "/indexes")


async def list_kind(api: Api, remote: Remote, fields: Fields) -> tuple[Observed, ...]:
    """Read the lists that objects with these fields hang on; raises ApiError unless complete."""
    names = set(remote.scope(fields))
    indexes = [index] if (index := text(fields.get("index"))) else []
    wanted = [listing for listing in remote.listings(indexes) if listing.name in names]
    extra = [listing for listing in remote.listings(indexes) if listing.name not in names]
    lists = {listing.name: await _whole(api, listing) for listing in wanted}
    for listing in extra:
        try:
            lists[listing.name] = await api.read_list(listing.request)
        except KeyRefusedError:
            raise
        except ApiError:
            continue  # it only adds to what the others say
    return remote.decode(lists)


async def is_listed(api: Api, remote: Remote, fields: Fields, remote_id: str) -> bool:
    """Tell whether a list shows an object; that none does takes as many as `PASSES` in a row."""
    for _ in range(PASSES):
        listed = await list_kind(api, remote, fields)
        if any(item.remote_id == remote_id for item in listed):
            return True
    return False


async def _whole(api: Api, listing: Listing) -> tuple[Fields, ...]:
    """Read a list; an index that does not exist (any more) has an empty one."""
    try:
        return await api.read_list(listing.request)
    except NotFoundError:
        if not listing.scope or await _is_there(api, listing.scope):
            raise  # one 404 must not turn a list that cannot be read into an empty one
        return ()


async def _is_there(api: Api, index: str) -> bool:
    return any(text(item["name"]) == index for item in await api.read_list(INDEXES))
