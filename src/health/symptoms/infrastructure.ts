// Whether a failure is that of a network or of a provider, not of the work: being held up is another state than being
// stuck. Every word here is one that programs say of an outage and of nothing else; numbers count only where they are
// surely a status of HTTP, because line numbers are numbers too. Pure.

const OUTAGES = [
  // A provider or a server that will not or cannot just now.
  String.raw`\b429\b.{0,40}(?:too many|rate)|too many requests`,
  String.raw`rate.?limit(?:ed)?(?: exceeded| reached|_error)|rate limit of \d`,
  String.raw`overloaded_error|"overloaded"|\b(?:server|api|model|service|provider)\w* (?:is |are )?(?:currently |temporarily )?overloaded`,
  String.raw`\b50[234]\b[ :-]{1,3}(?:bad gateway|service (?:temporarily )?unavailable|gateway time-?out|server error)`,
  String.raw`\b500 (?:internal )?server error\b.{0,30}\bfor url\b|\bhttp\/?[\d.]* 50[234]\b|api error: (?:5\d\d|429)`,
  String.raw`bad gateway|service (?:temporarily )?unavailable|gateway time-?out`,
  // Names that nobody resolves.
  String.raw`could ?n(?:o|')t resolve (?:host|proxy)|could not resolve host|temporary failure (?:in name resolution|resolving)`,
  String.raw`name or service not known|nodename nor servname|\blookup \S+(?: on \S+)?: no such host|\bunknownhostexception\b`,
  String.raw`failed to lookup address information|dns error`,
  String.raw`\b(?:getaddrinfo|eai_again|enotfound|etimedout|econnreset|enetunreach|enetdown|ehostunreach|esockettimedout)\b`,
  // Ways that are closed.
  String.raw`network is unreachable|no route to host|connection (?:reset by peer|timed out)|tls handshake time-?out`,
  String.raw`socket hang up|failed to establish a new connection|\b(?:newconnectionerror|proxyerror|connecttimeouterror|readtimeouterror)\b`,
  String.raw`https?connectionpool\(.{0,160}(?:timed out|max retries)|\bi\/o timeout\b`,
  String.raw`failed to connect to \S+ port (?:80|443)\b|curl: \((?:6|28|35|52|56)\)|unable to connect to (?:api|proxy)`,
  String.raw`\b(?:sockettimeoutexception|connecttimeoutexception|noroutetohostexception)\b`,
  String.raw`remote end hung up|rpc failed; curl|fatal: early eof|spurious network error|network (?:failure|error) seems`,
  String.raw`npm err!? (?:code (?:enotfound|etimedout|eai_again|econnreset)|network)|npm error network`,
]
const INFRASTRUCTURE = new RegExp(OUTAGES.join('|'), 'i')
const SHORT = 3000
const KEPT = 1500

/** True when a text tells of an outage of the network or of a provider, whose failure is not the agent's. */
export function isInfrastructure(text: string): boolean {
  return INFRASTRUCTURE.test(text.length > SHORT ? text.slice(0, KEPT) + text.slice(-KEPT) : text)
}
