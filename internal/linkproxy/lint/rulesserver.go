package lint

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/linkproxy/tlsproblem"
	"lastpost/internal/linkproxy/trace"
)

// checkServerTLS reports a handshake with the OAuth server that failed because of its certificate or its TLS settings.
func (v *traceView) checkServerTLS() {
	for _, x := range v.Exchanges {
		if x.Facts.TLS == nil && x.Facts.NetworkError != "certificate" && x.Facts.NetworkError != "tls" {
			continue
		}
		key := "authorization_url"
		if x.Leg == trace.LegToken {
			key = "token_url"
		}
		fault := exchange{x, v}
		if x.Facts.TLS == nil { // recorded by an older version
			x.Facts.TLS = &tlsproblem.Fault{Kind: tlsproblem.Certificate, Host: "account_linking." + key}
		}
		remedy, seen := describeTLSProblem(x.Facts.TLS, key)
		fault.addFinding(Server, remedy, "%s: %s", seen, truncate(x.Error))
	}
}

// describeTLSProblem returns the remedy and the observation. The names in a certificate are untrusted, so they are quoted.
func describeTLSProblem(p *tlsproblem.Fault, key string) (remedy, seen string) {
	const install = "install a certificate of a CA that Amazon trusts at the OAuth server"
	switch p.Kind {
	case tlsproblem.Expired:
		return "renew the OAuth server's certificate, and find out why it was not renewed",
			fmt.Sprintf("the certificate of %s expired on %s", p.Host, p.Until.Format(time.RFC3339))
	case tlsproblem.Future:
		return "compare this machine's clock with the right time; if it is right, replace the OAuth server's certificate",
			fmt.Sprintf("the certificate of %s is not valid before %s", p.Host, p.From.Format(time.RFC3339))
	case tlsproblem.OtherName:
		return fmt.Sprintf("install a certificate that names %s at the OAuth server, or correct the host in account_linking.%s", p.Host,
				key),
			fmt.Sprintf("the certificate names %q, and not %s", p.Names, p.Host)
	case tlsproblem.SelfSigned:
		return install, fmt.Sprintf("the certificate of %s signed itself", p.Host)
	case tlsproblem.UnknownCA:
		return install, fmt.Sprintf("the certificates of %s end at the CA %q, which is not trusted", p.Host, p.Issuer)
	case tlsproblem.Incomplete:
		return "make the OAuth server send its intermediate certificates too, for example fullchain.pem instead of cert.pem: Amazon " +
				"does not load them. If the CA is your own, " + install,
			fmt.Sprintf("%s sends %d certificate(s), the last one without its issuer %q", p.Host, p.Sent, p.Issuer)
	case tlsproblem.Protocol:
		return "enable TLS 1.2 or later at the OAuth server's port", fmt.Sprintf("%s and this service share no protocol version", p.Host)
	case tlsproblem.Suite:
		return "enable cipher suites with ECDHE and AES-GCM at the OAuth server, and a certificate that fits to them",
			fmt.Sprintf("the handshake failed; %s and this service probably share no cipher suite", p.Host)
	case tlsproblem.Plain:
		return "correct the port in account_linking." + key + ", or enable TLS at the OAuth server's port",
			fmt.Sprintf("the server at the port of %s does not use TLS", p.Host)
	}
	return "renew the OAuth server's certificate and send the complete chain: Amazon does not trust an incomplete one",
		"TLS with " + p.Host + " failed"
}

// isTLSFault reports whether checkServerTLS reports this exchange.
func (x *exchange) isTLSFault() bool {
	return x.Facts.TLS != nil || x.Facts.NetworkError == "certificate" || x.Facts.NetworkError == "tls"
}

// checkPlainHTTP reports a redirect of the sign-in to http://. An OAuth server behind a proxy that ends TLS sends it if it
// does not know that the browser uses HTTPS.
func (v *traceView) checkPlainHTTP() {
	if v.callback != nil {
		return
	}
	for i, x := range v.browser {
		to, err := url.Parse(x.Facts.Header["Location"])
		if err == nil && to.Scheme == "http" {
			v.browser[i].addFinding(Server, "tell the OAuth server its public https:// address, or make the proxy in front of it send "+
				"X-Forwarded-Proto: https and the server trust it", "the sign-in redirects to http://%s%s, without TLS", to.Host,
				truncate(to.EscapedPath()))
		}
	}
}

// checkCookies reports a sign-in that fails because the browser did not send a cookie that the OAuth server had set. It
// needs both: the sign-in fails in a way that a lost cookie explains, and the cookie was set and did not come back.
func (v *traceView) checkCookies() {
	if v.callback != nil || v.mayContinueUnseen() {
		return
	}
	fails := v.findSessionFailure()
	if fails < 0 {
		v.checkRefusedCookie()
		return
	}
	x := &v.browser[fails]
	if lost := v.lostCookies(fails); len(lost) > 0 {
		reportLostCookie(x, slices.MinFunc(lost, func(a, b trace.SetCookie) int { return cmp.Compare(lossRank(a), lossRank(b)) }))
		return
	}
	if mentionsCookie.MatchString(x.errorText()) && len(x.Facts.Cookies) == 0 {
		x.addFinding(Server, "make the OAuth server set its session cookie with Path=/, Secure and SameSite=Lax, and without an end in "+
			"the past", "the browser sent no cookie, and the page requires one: %s", truncate(x.errorText()))
	}
}

// checkRefusedCookie reports a sign-in whose redirects end in an error without a reason, after one of them set a cookie that no
// browser sends in these requests. Later requests come from the OAuth server's own pages and have the cookie.
func (v *traceView) checkRefusedCookie() {
	if v.hasFinding("redirect-uri", "scope-or-client", "state", "urls-swapped", "authorization-unreachable") {
		return // that finding explains the failure
	}
	end := slices.IndexFunc(v.browser, func(x exchange) bool { return x.Status < 300 || x.Status >= 400 })
	if end < 0 {
		return
	}
	x := &v.browser[end]
	if x.Status < 400 || x.isLoginRetry() || mentionsWebView.MatchString(x.errorText()) {
		return
	}
	for _, c := range v.lostCookies(end) {
		if lossRank(c) <= certainLoss {
			reportLostCookie(x, c)
		}
	}
}

// loopLength is the number of redirects to one path that make a loop.
const loopLength = 3

// findSessionFailure returns the index of the browser's request that failed because of a lost session, or -1. It failed
// if it is a part of a loop of redirects, or if an error names a cookie or the session.
func (v *traceView) findSessionFailure() int {
	redirects := map[string]int{}
	for i := range v.browser {
		x := &v.browser[i]
		if x.Status >= 300 && x.Status < 400 {
			if redirects[x.LocalPath]++; redirects[x.LocalPath] == loopLength {
				return i
			}
		}
		if (x.Status >= 400 && !x.isLoginRetry() || x.isErrorPage()) && mentionsSession.MatchString(x.errorText()) {
			return i
		}
	}
	return -1
}

// lostCookies returns the cookies that were set before the request with this index, and that no request after them had.
func (v *traceView) lostCookies(fails int) (lost []trace.SetCookie) {
	for i, x := range v.browser[:fails] {
		for _, c := range x.Facts.SetCookies {
			hasCookie := func(y exchange) bool { return slices.Contains(y.Facts.Cookies, c.Name) }
			if !c.Deletes && !slices.ContainsFunc(v.browser[i+1:], hasCookie) {
				lost = append(lost, c)
			}
		}
	}
	return lost
}

// certainLoss is the highest lossRank of a cookie that every browser drops at the start of a sign-in.
const certainLoss = 1

// lossRank orders lost cookies by how sure the reason is.
func lossRank(c trace.SetCookie) int {
	switch {
	case c.SameSite == "Strict":
		return 0
	case c.SameSite == "None" && !c.Secure:
		return 1
	case c.Path != "" && c.Path != "/":
		return 2
	}
	return 3
}

func reportLostCookie(x *exchange, c trace.SetCookie) {
	seen := fmt.Sprintf("the OAuth server set the cookie %q", c.Name)
	switch lossRank(c) {
	case 0:
		x.addFinding(Server, "set the cookie with SameSite=Lax, or None with Secure: the sign-in begins in Alexa's app, so a browser does "+
			"not send a Strict cookie in its first requests", "%s with SameSite=Strict, and the browser did not send it", seen)
	case 1:
		x.addFinding(Server, "add Secure to the cookie: browsers drop a cookie with SameSite=None without it",
			"%s with SameSite=None and without Secure, and the browser did not send it", seen)
	case 2:
		if beside := x.view.authorize; c.Moved && len(beside) > 0 && strings.HasPrefix(x.LocalPath, path.Dir(beside[0].LocalPath)+"/") {
			x.addFinding(Configuration, "set account_linking.authorize: redirect; the cookie belongs to a folder that has another path "+
				"here", "%s with Path=%s, which is not the path at this service, and the browser did not send it", seen, c.Path)
		}
		x.addFinding(Server, "set the cookie with Path=/, so that all pages of the sign-in get it",
			"%s with Path=%s, and the browser did not send it to %s", seen, c.Path, path.Clean(x.LocalPath))
	}
	x.addFinding(Server, "find out why the browser drops the cookie: compare its attributes with the OAuth server's documentation",
		"%s, and the browser did not send it", seen)
}

// checkTokenBlocked reports a response of a firewall or a bot protection in front of the token endpoint.
func checkTokenBlocked(x *exchange) {
	if x.Facts.Blocked != "" && x.Facts.BodyKind != "json" {
		x.addFinding(Network, "let the path of the token URL through: exclude it from bot protection and challenges, because Amazon's "+
			"servers do not run scripts", "a bot challenge or a firewall stands in front of the token URL, status %d: %s", x.Status,
			x.Facts.Blocked)
	}
}

// checkCodeEncoding reports a code that changed between the legs, because the OAuth server did not percent-encode it in
// Location. It is a fault only if the code is then refused.
func (v *traceView) checkCodeEncoding() {
	if v.callback == nil || v.callback.Facts.Callback.Unencoded == "" {
		return
	}
	back := v.callback.Facts.Callback
	const remedy = "make the OAuth server percent-encode the code in Location, for example + as %2B; or issue codes of letters, digits, " +
		"- and _ only"
	if back.Query.Get("code") == "" {
		v.callback.addFinding(Server, remedy, "the code in Location has a %s that is not percent-encoded, so it cannot be read",
			back.Unencoded)
		return
	}
	for i := range v.codes {
		x := &v.codes[i]
		if !x.isRefused() || x.rejectsClient() || x.Facts.Request.Get("code") != back.Get("code") {
			continue
		}
		if back.Unencoded == "+" {
			x.addFinding(Server, remedy, "the code changed between the legs: it came back with a space where Location had +: %s",
				truncate(x.errorText()))
		}
		x.addFinding(Server, remedy, "the code changed between the legs: Location has %s in the code, and the code ended before it: %s",
			back.Unencoded, truncate(x.errorText()))
	}
}

// checkDeclined reports a listener who cancelled, or who left the sign-in. This is not a fault.
func (v *traceView) checkDeclined() {
	const remedy = "nothing to do; sign in again to link the account"
	switch {
	case v.callback != nil && v.isDeclined():
		v.callback.addFinding(NoSide, remedy, "the redirect back says %s", truncate(v.callback.errorText()))
	case v.callback == nil && !v.foundRules["login-page"]:
		if last := v.lastPage(); last != nil && !v.hasFault() {
			last.addFinding(NoSide, remedy, "the sign-in page was shown, and no further request followed")
		}
	}
}

// isDeclined reports whether the redirect back says that the listener cancelled.
func (v *traceView) isDeclined() bool {
	return declines.MatchString(v.callback.Facts.Callback.Get("error")) &&
		!deniedByServer.MatchString(deniedByListener.ReplaceAllString(v.callback.Facts.Callback.Get("error_description"), ""))
}

// formatCount writes a number with a comma between the thousands.
func formatCount(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return strings.TrimSpace(text)
}
