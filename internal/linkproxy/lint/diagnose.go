// Package lint finds faults in the traces of account linking and logs each fault once. Its linking rules come from RFC
// 6749, RFC 7636 and Amazon's documentation. Its findings depend only on a trace and the time.
package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// Side is the part of the system that causes a fault and must fix it.
type Side string

// The possible sides.
const (
	Console       Side = "console"       // Amazon's developer console, or a request that Amazon sends because of its settings
	Server        Side = "OAuth server"  // the OAuth server or its settings
	Network       Side = "network"       // the connection between this service and the OAuth server, or between Amazon and this service
	Configuration Side = "configuration" // this service's configuration
	NoSide        Side = "none"          // no part has a fault: the finding only explains the end of the attempt
)

// A Finding is a fault in a trace: the linking rule that it breaks, the observation, and the remedy.
type Finding struct {
	Rule        string `json:"rule"`   // a stable label
	Row         int    `json:"row"`    // of the table of symptoms in docs/account-linking.md; 0: the rule comes from an RFC only
	Source      string `json:"source"` // the RFC and its section, or Amazon's documentation
	Title       string `json:"title"`  // the problem in a few words
	Seen        string `json:"seen"`   // the observation
	Responsible Side   `json:"fault"`
	Remedy      string `json:"remedy"`
	Exchange    string `json:"exchange"` // the ID of the exchange that shows the problem
}

// IsFault reports whether a part of the system must change.
func (f Finding) IsFault() bool { return f.Responsible != NoSide }

// Time limits. After each of them, a missing or late request is a fault.
const (
	tokenDeadline = time.Minute      // after this, Amazon does not request a token any more
	pageDeadline  = 10 * time.Minute // after this, the user has left the page
	slowToken     = 4 * time.Second  // of the 4.5 s that Amazon waits; the rest is for Amazon's connection to this service
	maxCodeAge    = 10 * time.Minute // RFC 6749, section 4.1.2
)

// A linkingRule checks a trace for one kind of fault.
type linkingRule struct {
	name   string
	row    int
	source string
	title  string
	check  func()
}

// linkingRules returns all rules in the order of the flow. A rule does not report a problem that the finding of an
// earlier rule explains.
func linkingRules(v *traceView) []linkingRule {
	withScripts := slices.Concat(v.browser, v.scripts)
	return []linkingRule{
		{"urls-swapped", 8, "RFC 6749, section 3", "a URL leads to the wrong endpoint", v.checkSwappedURLs},
		{"parameter-repeated", 0, "RFC 6749, section 3.1", "a parameter is repeated", v.checkRepeatedParams},
		{"response-type", 0, "RFC 6749, section 3.1.1", "response_type is not one that Alexa uses",
			v.forEach(v.authorize, checkResponseType, "urls-swapped")},
		{"client-id", 0, "RFC 6749, section 4.1.1", "client_id is missing", v.forEach(v.authorize, checkClientID, "urls-swapped")},
		{"pkce-form", 0, "RFC 7636, sections 4.1 to 4.3", "a PKCE value is invalid", v.checkPKCEForm},
		{"server-tls", 0, "Amazon's requirements for account linking", "the OAuth server's certificate or TLS is refused",
			v.checkServerTLS},
		{"authorization-unreachable", 0, "RFC 6749, section 3.1", "the authorization server does not respond",
			v.forEach(v.browser, checkReachable)},
		{"redirect-uri", 1, "RFC 6749, section 3.1.2.4", "the redirect URI is rejected",
			v.forEach(withScripts, checkRedirectURI)},
		{"redirect-elsewhere", 0, "RFC 6749, section 4.1.2", "the browser is sent back to another address", v.checkRedirectTarget},
		{"state", 2, "RFC 6749, section 4.1.2", "state is missing or changed in the redirect back", v.checkState},
		{"scope-or-client", 3, "RFC 6749, section 4.1.2.1", "the scope or the client is rejected",
			v.forEach(withScripts, checkScopeAndClient, "urls-swapped", "client-id", "parameter-repeated", "redirect-uri", "state")},
		{"plain-http", 0, "RFC 6749, section 3.1", "the sign-in leaves HTTPS", v.checkPlainHTTP},
		{"cookies-lost", 0, "RFC 6265, section 4.1", "the sign-in loses its cookies", v.checkCookies},
		{"code-encoding", 0, "RFC 6749, appendix B", "the code is not percent-encoded", v.checkCodeEncoding},
		{"authorization-error", 0, "RFC 6749, section 4.1.2.1", "the authorization is rejected", v.checkAuthorizationError},
		{"authorization-answer", 0, "RFC 6749, section 4.1.2", "the redirect back has no code", v.checkAuthorizationResponse},
		{"implicit", 13, "RFC 6749, section 4.2.2", "the implicit grant's token is in the wrong place", v.checkImplicitGrant},
		{"login-page", 12, "Amazon's requirements for account linking", "the sign-in does not complete", v.checkLoginPage},
		{"declined", 0, "RFC 6749, section 4.1.2.1", "the listener declined", v.checkDeclined},
		{"no-token-request", 4, "RFC 6749, section 3.2", "the token endpoint is not reached", v.checkTokenRequested},
		{"token-slow", 7, "Amazon's requirements for account linking", "the token response is too slow",
			v.forEach(v.tokens, checkTokenDelay)},
		{"token-blocked", 0, "Amazon's requirements for account linking", "a bot protection stands in front of the token endpoint",
			v.forEach(v.tokens, checkTokenBlocked)},
		{"token-redirect", 0, "RFC 6749, section 3.2", "the token endpoint responds with a redirect",
			v.forEach(v.tokens, checkTokenRedirect, "urls-swapped", "token-blocked")},
		{"token-request", 0, "RFC 6749, section 3.2", "the token request is malformed",
			v.forEach(v.tokens, checkTokenRequest, "urls-swapped")},
		{"credentials-in-url", 0, "RFC 6749, section 2.3.1", "a URL contains secrets", v.checkCredentialsInURLs},
		{"credentials-twice", 0, "RFC 6749, section 2.3", "the client authenticates twice", v.forEach(v.tokens, checkDoubleCredentials)},
		{"client-authentication", 5, "RFC 6749, section 2.3.1", "the client authentication is rejected",
			v.forEach(v.tokens, checkClientAuth, "urls-swapped", "token-request", "credentials-twice", "credentials-in-url",
				"token-blocked")},
		{"pkce", 11, "RFC 7636, section 4.6", "PKCE does not match", v.checkPKCE},
		{"invalid-grant", 10, "RFC 6749, section 4.1.3", "the code is rejected", v.checkInvalidGrant},
		{"code-unchecked", 0, "RFC 6749, sections 4.1.2 and 4.1.3", "an invalid code is accepted", v.checkCodeAccepted},
		{"token-answer", 6, "RFC 6749, section 5.1", "Alexa cannot read the token response",
			v.forEach(v.tokens, checkTokenResponse, "urls-swapped", "token-blocked", "client-authentication", "code-encoding")},
		{"token-cache", 0, "RFC 6749, section 5.1", "the token response may be cached", v.forEach(v.tokens, checkTokenCaching)},
		{"token-error", 0, "RFC 6749, section 5.2", "the token request is rejected",
			v.forEach(v.codes, checkTokenError, "urls-swapped", "pkce", "token-request", "credentials-twice", "credentials-in-url",
				"token-blocked", "code-encoding")},
		{"token-error-form", 0, "RFC 6749, section 5.2", "an error response of the token endpoint is malformed",
			v.forEach(v.tokens, checkTokenErrorForm, "urls-swapped", "token-request", "token-blocked", "code-encoding")},
		{"refresh", 9, "RFC 6749, section 6", "the link will not last", v.checkRefresh},
	}
}

// Diagnose returns the faults that a trace shows at the time now. Some faults appear only after a time, such as a missing
// token request. A correct flow does not have findings.
//
// A trace of unknown tokens does not have findings either: a stranger's request says nothing about the OAuth server.
func Diagnose(t trace.Trace, now time.Time) (findings []Finding) {
	if t.IsUnknown() {
		return nil
	}
	v := newTraceView(t, now)
	for _, r := range linkingRules(v) {
		v.finding = nil
		r.check()
		if f := v.finding; f != nil {
			f.Rule, f.Row, f.Source, f.Title = r.name, r.row, r.source, r.title
			findings = append(findings, *f)
			v.foundRules[f.Rule] = true
		}
	}
	return findings
}

// An exchange is a recorded exchange that knows the traceView it belongs to, so that a rule can add a finding to it.
type exchange struct {
	trace.Exchange
	view *traceView
}

// A traceView sorts the exchanges of a trace for the rules.
type traceView struct {
	trace.Trace
	now        time.Time
	authorize  []exchange // authorization requests
	browser    []exchange // the authorization requests and the browser's later requests, without subresources
	scripts    []exchange // the requests of the pages' scripts that have a JSON response
	tokens     []exchange // token requests of any kind
	codes      []exchange // all token requests except refreshes; they should have a code
	refreshes  []exchange // token requests with a refresh token
	misplaced  []exchange // token requests at the authorization URL
	callback   *exchange  // the last redirect back to the client
	foundRules map[string]bool
	finding    *Finding // of the current rule
}

func newTraceView(t trace.Trace, now time.Time) *traceView {
	v := &traceView{Trace: t, now: now, foundRules: map[string]bool{}}
	for _, recorded := range t.Exchanges {
		x := exchange{recorded, v}
		switch {
		case x.IsMisplaced():
			v.misplaced = append(v.misplaced, x)
		case x.Facts.Subresource: // a missing image does not break account linking
			if x.Facts.BodyKind == "json" {
				v.scripts = append(v.scripts, x)
			}
		case x.Leg != trace.LegToken:
			v.browser = append(v.browser, x)
			if x.Leg == trace.LegAuthorize {
				v.authorize = append(v.authorize, x)
			}
			if x.Facts.Callback != nil {
				v.callback = &x
			}
		case x.Facts.Request.Get("grant_type") == "refresh_token":
			v.tokens, v.refreshes = append(v.tokens, x), append(v.refreshes, x)
		default:
			v.tokens, v.codes = append(v.tokens, x), append(v.codes, x)
		}
	}
	return v
}

// forEach returns a function that runs check on each exchange. The function does nothing if one of the rules named unless
// has a finding, because that finding explains the problem.
func (v *traceView) forEach(exchanges []exchange, check func(*exchange), unless ...string) func() {
	return func() {
		for i := range exchanges {
			if !v.hasFinding(unless...) {
				check(&exchanges[i])
			}
		}
	}
}

// hasFinding reports whether one of these rules has a finding.
func (v *traceView) hasFinding(rules ...string) bool {
	return slices.ContainsFunc(rules, func(name string) bool { return v.foundRules[name] })
}

// authorizeParam returns a parameter of the last authorization request, or "". If the parameter is repeated, it returns
// the last value.
func (v *traceView) authorizeParam(name string) string {
	if len(v.authorize) == 0 {
		return ""
	}
	values := v.authorize[len(v.authorize)-1].Facts.Request[name]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// hasFault reports whether a rule has found a fault.
func (v *traceView) hasFault() bool { return len(v.foundRules) > 0 }

// addFinding records that an exchange breaks the current rule. side must fix the fault. Only the first finding of a rule
// is kept, because later findings of the same rule have the same cause.
func (x *exchange) addFinding(side Side, remedy, seen string, args ...any) {
	if x.view.finding == nil {
		x.view.finding = &Finding{Responsible: side, Remedy: remedy, Seen: fmt.Sprintf(seen, args...), Exchange: x.ID}
	}
}

// truncate returns at most 200 bytes of a response's text, so that a finding stays short.
func truncate(s string) string {
	if len(s) <= 200 {
		return s
	}
	return strings.ToValidUTF8(s[:200], "") + "…"
}
