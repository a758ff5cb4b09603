"""What can stop a request that leaves this machine, each with a code, a sentence and a remedy.

None of these repeats a path, a query, a header, an address on the inside, or a word of an answer: an error
must not carry out what the guard keeps in.
"""

from __future__ import annotations

from vigie.terms.errors import VigieError
from vigie.terms.languages import say


class OutboundError(VigieError):
    """A request was refused, or had no usable answer."""


class BadUrlError(OutboundError):
    """The text is no web address that has one meaning."""

    code = "outbound.bad_url"
    sentence = say("This web address cannot be used: {reason}.")
    remedy = say("Write it in full, as https://host.example/path, without a name or password in it.")


class SchemeRefusedError(OutboundError):
    """The address does not ask for HTTPS, and no peer of the policy stands there with HTTP."""

    code = "outbound.scheme"
    sentence = say("Only addresses that begin with https:// are contacted.")
    remedy = say("Use the https address of the source, or name it as a peer that has only http.")


class PortRefusedError(OutboundError):
    """The policy does not name the port."""

    code = "outbound.port"
    sentence = say("“{host}” is not contacted on the port that the address names.")
    remedy = say("Use the usual port, or name this host and port as a peer.")


class AddressRefusedError(OutboundError):
    """The host stands, in whole or in part, where no request may go."""

    code = "outbound.address"
    sentence = say("“{host}” is not contacted: its address leads to {kind}.")
    remedy = say("Check the name of the host. To reach a service of your own network, name it as a peer.")


class UnknownHostError(OutboundError):
    """The name has no address."""

    code = "outbound.unknown_host"
    sentence = say("No address is known for “{host}”.")
    remedy = say("Check the spelling of the host, and that this machine can resolve names.")


class OtherOriginError(OutboundError):
    """An answer names an address of another site, where only its own was expected."""

    code = "outbound.other_origin"
    sentence = say("“{host}” names a next address that is not its own.")
    remedy = say("Ask whoever runs the source; if the other site is meant, add it as a source of its own.")


class RedirectRefusedError(OutboundError):
    """An answer sends us elsewhere in a way that is not followed."""

    code = "outbound.redirect"
    sentence = say("“{host}” redirects, and this is not followed: {reason}.")
    remedy = say("Open the address in a browser, and enter the one at which it ends.")


class UnreachableError(OutboundError):
    """No connection could be made."""

    code = "outbound.unreachable"
    sentence = say("“{host}” accepts no connection.")
    remedy = say("Try again later; check that this machine may reach it through its firewall.")


class InsecureError(OutboundError):
    """The other side does not prove that it is the host we asked for."""

    code = "outbound.insecure"
    sentence = say("“{host}” does not prove who it is: {reason}.")
    remedy = say("Do not send it anything. For a private authority, name its certificate file in the policy.")


class TimedOutError(OutboundError):
    """A limit of time was reached."""

    code = "outbound.timeout"
    sentence = say("“{host}” did not answer within {limit_ms} ms.")
    remedy = say("Try again later, or allow more time in the policy.")


class TooLargeError(OutboundError):
    """The answer is larger than the policy allows, as sent or once decompressed."""

    code = "outbound.too_large"
    sentence = say("The answer of “{host}” is larger than {limit_bytes} bytes.")
    remedy = say("Ask for less at a time, or allow more in the policy if you trust the source.")


class BrokenAnswerError(OutboundError):
    """The answer is cut short, or is not HTTP as we asked for it."""

    code = "outbound.broken"
    sentence = say("The answer of “{host}” cannot be read: {reason}.")
    remedy = say("Try again later; if it stays so, ask whoever runs the source.")


class StreamRefusedError(OutboundError):
    """The server answers, but opens no stream."""

    code = "outbound.refused"
    sentence = say("“{host}” opens no stream (status {status}).")
    remedy = say("Check the address and the access token; the server’s documentation says what it asks for.")


class StreamEndedError(OutboundError):
    """The other side ended a stream, as it may at any time."""

    code = "outbound.ended"
    sentence = say("“{host}” ended the stream.")
    remedy = say("Connect again after a moment; if it ends at once each time, ask whoever runs the source.")


class BadHeaderError(OutboundError):
    """A header that the caller gives cannot be sent."""

    code = "outbound.bad_header"
    sentence = say("The header “{name}” cannot be sent.")
    remedy = say(
        "Check the key or token for line breaks and special characters; leave headers of HTTP itself."
    )


class BadCaFileError(OutboundError):
    """The policy's file of extra certificate authorities cannot be used."""

    code = "outbound.ca_file"
    sentence = say("The policy’s file of certificate authorities cannot be read.")
    remedy = say("Name a readable file of certificates in PEM form.")
