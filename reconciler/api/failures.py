"""What an answer that is no success means, and what to tell people about it."""

from reconciler.errors import ExitCode, ReconcilerError
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.ports import Answer
from reconciler.model.request import Request
from reconciler.wire.problem import Problem, read_problem


class ApiError(ReconcilerError):
    """The API refused, failed, or could not be reached."""


class NotFoundError(ApiError):
    """404: there is no such object."""


class ConflictError(ApiError):
    """409: the name is taken."""


class PreconditionFailedError(ApiError):
    """412: something else must end first."""


class QuotaError(ApiError):
    """402 or 403 with a quota code: the project takes no more."""


class DeniedError(ApiError):
    """401, or 403 without a quota: the key is not accepted, or may not do this."""

    exit_code = ExitCode.PERMISSION


class RateLimitedError(ApiError):
    """429 until patience ran out."""


class UnavailableError(ApiError):
    """The server or the way to it failed, every time it was tried."""


class UncertainError(ApiError):
    """A create may or may not have been carried out; it is not sent again before that is known."""


_RETIRED = "unsupported api version"


def failure(request: Request, answer: Answer) -> ApiError:
    """Turn a 4xx answer into the error that it means."""
    problem = read_problem(answer.headers.get("content-type", ""), answer.body)
    summary = f"{request.operation} was refused with {_said(answer.status, problem)}"
    kind, reference, hint = _meaning(answer.status, problem)
    return kind(Diagnostic(reference, summary, hint))


def unavailable(request: Request, why: str) -> UnavailableError:
    """Say that a request failed every time it was tried."""
    return UnavailableError(
        Diagnostic(
            "api-unavailable",
            f"{request.operation} failed: {why}",
            "check the network and the host, then run again; nothing is lost by that",
        )
    )


def uncertain(request: Request, why: str) -> UncertainError:
    """Say that nobody knows yet whether a create was carried out."""
    return UncertainError(
        Diagnostic(
            "create-uncertain",
            f"{request.operation} was sent, and the answer was lost: {why}",
            "it is settled before anything is sent again",
        )
    )


def server_failure(answer: Answer) -> str:
    """Describe an answer that leaves open what happened."""
    problem = read_problem(answer.headers.get("content-type", ""), answer.body)
    return f"the API answered {_said(answer.status, problem)}"


def _said(status: int, problem: Problem) -> str:
    code = f" {problem.code}" if problem.code else ""
    message = f": {problem.message}" if problem.message else ""
    return f"{status}{code}{message}"


def _meaning(status: int, problem: Problem) -> tuple[type[ApiError], str, str]:
    if status == 401:  # noqa: PLR2004 - HTTP statuses read best as numbers
        hint = "check that PINECONE_API_KEY is a key of this project and host"
        return DeniedError, "api-key-refused", hint
    if _is_quota(status, problem):
        return QuotaError, "quota", "raise the quota or remove what is not needed, then run again"
    if status == 403:  # noqa: PLR2004
        hint = "use a key whose role may do this, or lift the protection that the message names"
        return DeniedError, "permission-denied", hint
    if status == 400 and _RETIRED in problem.message.lower():  # noqa: PLR2004
        return ApiError, "api-version", "choose another version with --api-version"
    return _BY_STATUS.get(status, (ApiError, "api-refused", "see what the message says"))


def _is_quota(status: int, problem: Problem) -> bool:
    codes = {"QUOTA_EXCEEDED", "PAYMENT_REQUIRED", "RESOURCE_EXHAUSTED"}
    words = "quota" in problem.message.lower() or "limit" in problem.message.lower()
    return status == 402 or (status == 403 and (problem.code in codes or words))  # noqa: PLR2004


_BY_STATUS: dict[int, tuple[type[ApiError], str, str]] = {
    404: (NotFoundError, "not-found", "check the name; it may have been deleted meanwhile"),
    409: (ConflictError, "name-taken", "choose another name, or adopt what has it"),
    412: (PreconditionFailedError, "precondition", "wait until what the message names has ended"),
    429: (RateLimitedError, "rate-limited", "run again later, or with a smaller --parallelism"),
}
