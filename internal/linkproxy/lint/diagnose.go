// Package lint finds faults in the traces of account linking, by rules of RFC 6749, RFC 7636 and Amazon's documentation, and logs
// each fault once. The rules are pure: they see a trace and the time, and nothing else.
package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// Fault is whose a fault is, and so where it is mended.
type Fault string

// Where faults are.
const (
	Console       Fault = "console"       // in Amazon's developer console, or in what Amazon sends by it
	Server        Fault = "OAuth server"  // in the OAuth server or its settings
	Network       Fault = "network"       // between this service and the OAuth server, or between Amazon and this service
	Configuration Fault = "configuration" // in this service's configuration
)

// A Finding is one rule that is broken.
type Finding struct {
	Rule     string `json:"rule"`   // a stable label
	Row      int    `json:"row"`    // of the table of symptoms in docs/account-linking.md; 0: the rule is an RFC's alone
	Source   string `json:"source"` // the RFC and its section, or Amazon's documentation
	Title    string `json:"title"`  // what is wrong, in a few words
	Seen     string `json:"seen"`   // what was seen
	Fault    Fault  `json:"fault"`
	Remedy   string `json:"remedy"`
	Exchange string `json:"exchange"` // the id of the exchange that shows it
}

// What time shows.
const (
	tokenDeadline = time.Minute      // after which Amazon's request for a token comes no more
	pageDeadline  = 10 * time.Minute // after which nobody types any more
	slowToken     = 4 * time.Second  // of the 4.5 s that Amazon waits, its own way here included
	maxCodeAge    = 10 * time.Minute // at the most (RFC 6749, section 4.1.2)
)

// A rule looks at a trace for one kind of fault.
type rule struct {
	name   string
	row    int
	source string
	title  string
	check  func()
}

// rules are all of them, in the order of the flow. Each is silent where another one's finding explains what it would see.
func rules(v *traceView) []rule {
	return []rule{
		{"urls-swapped", 8, "RFC 6749, section 3", "the two URLs are swapped", v.checkSwappedURLs},
		{"parameter-repeated", 0, "RFC 6749, section 3.1", "a parameter comes twice", v.checkRepeatedParams},
		{"response-type", 0, "RFC 6749, section 3.1.1", "response_type is not one of Alexa's",
			v.forEach(v.authorize, checkResponseType, "urls-swapped")},
		{"client-id", 0, "RFC 6749, section 4.1.1", "client_id is missing", v.forEach(v.authorize, checkClientID, "urls-swapped")},
		{"pkce-form", 0, "RFC 7636, sections 4.1 to 4.3", "PKCE is not as it should be", v.checkPKCEForm},
		{"authorization-unreachable", 0, "RFC 6749, section 3.1", "the authorization server does not answer",
			v.forEach(v.browser, checkReachable)},
		{"redirect-uri", 1, "RFC 6749, section 3.1.2.4", "the redirect URI is refused", v.forEach(v.browser, checkRedirectURI)},
		{"redirect-elsewhere", 0, "RFC 6749, section 4.1.2", "the browser is sent back to another address", v.checkRedirectTarget},
		{"state", 2, "RFC 6749, section 4.1.2", "state does not come back as it went", v.checkState},
		{"scope-or-client", 3, "RFC 6749, section 4.1.2.1", "scope or client are refused",
			v.forEach(v.browser, checkScopeAndClient, "urls-swapped", "client-id", "parameter-repeated")},
		{"authorization-error", 0, "RFC 6749, section 4.1.2.1", "the authorization is refused", v.checkAuthorizationError},
		{"authorization-answer", 0, "RFC 6749, section 4.1.2", "the redirect back has no code", v.checkAuthorizationResponse},
		{"implicit", 13, "RFC 6749, section 4.2.2", "the implicit grant's token is in the wrong place", v.checkImplicitGrant},
		{"login-page", 12, "Amazon's requirements for account linking", "the browser does not get through the sign-in", v.checkLoginPage},
		{"no-token-request", 4, "RFC 6749, section 3.2", "the token endpoint is not reached", v.checkTokenRequested},
		{"token-slow", 7, "Amazon's requirements for account linking", "the token comes too late", v.forEach(v.tokens, checkTokenDelay)},
		{"token-redirect", 0, "RFC 6749, section 3.2", "the token endpoint answers with a redirect", v.forEach(v.tokens, checkTokenRedirect)},
		{"token-request", 0, "RFC 6749, section 3.2", "the request for a token is not in its form",
			v.forEach(v.tokens, checkTokenRequest, "urls-swapped")},
		{"credentials-in-url", 0, "RFC 6749, section 2.3.1", "secrets stand in the token URL", v.forEach(v.tokens, checkCredentialsInURL)},
		{"credentials-twice", 0, "RFC 6749, section 2.3", "the client says twice who it is", v.forEach(v.tokens, checkDoubleCredentials)},
		{"client-authentication", 5, "RFC 6749, section 2.3.1", "the client is not believed",
			v.forEach(v.tokens, checkClientAuth, "urls-swapped", "token-request", "credentials-twice", "credentials-in-url")},
		{"pkce", 11, "RFC 7636, section 4.6", "PKCE does not match", v.checkPKCE},
		{"invalid-grant", 10, "RFC 6749, section 4.1.3", "the code is refused", v.checkInvalidGrant},
		{"code-unchecked", 0, "RFC 6749, sections 4.1.2 and 4.1.3", "a code is taken that should be refused", v.checkCodeAccepted},
		{"token-answer", 6, "RFC 6749, section 5.1", "the token answer is not what Alexa reads",
			v.forEach(v.tokens, checkTokenResponse, "urls-swapped")},
		{"token-cache", 0, "RFC 6749, section 5.1", "the token answer may be stored on its way", v.forEach(v.tokens, checkTokenCaching)},
		{"token-error", 0, "RFC 6749, section 5.2", "the token is refused",
			v.forEach(v.codes, checkTokenError, "urls-swapped", "pkce", "token-request", "credentials-twice", "credentials-in-url")},
		{"token-error-form", 0, "RFC 6749, section 5.2", "an error of the token endpoint is not in its form",
			v.forEach(v.tokens, checkTokenErrorForm, "urls-swapped", "token-request")},
		{"refresh", 9, "RFC 6749, section 6", "the link will not last", v.checkRefresh},
	}
}

// Diagnose names what is wrong with a trace, as far as it shows at a time. A faultless flow has no findings.
func Diagnose(t trace.Trace, now time.Time) (findings []Finding) {
	v := newTraceView(t, now)
	for _, r := range rules(v) {
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

// An exchange is one as the rules look at it.
type exchange struct {
	trace.Exchange
	view *traceView
}

// A view is a trace as the rules look at it.
type traceView struct {
	trace.Trace
	now        time.Time
	authorize  []exchange // authorization requests
	browser    []exchange // these, and what followed them in the browser, without what pages load
	tokens     []exchange // requests for tokens, of any kind
	codes      []exchange // those that bring a code, or should
	refreshes  []exchange
	misplaced  []exchange // requests for tokens at the authorization URL
	callback   *exchange  // the last redirect to who asked
	foundRules map[string]bool
	finding    *Finding // of the rule that looks
}

func newTraceView(t trace.Trace, now time.Time) *traceView {
	v := &traceView{Trace: t, now: now, foundRules: map[string]bool{}}
	for _, kept := range t.Exchanges {
		x := exchange{kept, v}
		switch {
		case x.IsMisplaced():
			v.misplaced = append(v.misplaced, x)
		case x.Facts.Subresource: // a picture that is missing is nobody's fault here
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

// forEach has a rule look at each exchange, unless an earlier finding explains what it would see.
func (v *traceView) forEach(exchanges []exchange, look func(*exchange), unless ...string) func() {
	return func() {
		for i := range exchanges {
			if !v.hasFinding(unless...) {
				look(&exchanges[i])
			}
		}
	}
}

// hasFinding reports whether one of these findings was made.
func (v *traceView) hasFinding(rules ...string) bool {
	return slices.ContainsFunc(rules, func(name string) bool { return v.foundRules[name] })
}

// authorizeParam is a parameter of the authorization request; the last value, where there are several.
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

// errorText is all that an answer says of its error.
func (x *exchange) errorText() string {
	words := []string{x.Facts.Members["error"].Value, x.Facts.Members["error_description"].Value}
	switch {
	case x.Facts.Callback != nil: // what page comes with it nobody sees
		words = append(words, x.Facts.Callback.Get("error"), x.Facts.Callback.Get("error_description"))
	case x.Facts.Page != nil:
		words = append(words, x.Facts.Page.Title, x.Facts.Page.Text)
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// addFinding notes that an exchange breaks the rule that looks. The first finding of a rule counts: the others say the same again.
func (x *exchange) addFinding(fault Fault, remedy, seen string, args ...any) {
	if x.view.finding == nil {
		x.view.finding = &Finding{Fault: fault, Remedy: remedy, Seen: fmt.Sprintf(seen, args...), Exchange: x.ID}
	}
}

// truncate cuts what an answer said to a line.
func truncate(s string) string {
	if len(s) <= 200 {
		return s
	}
	return strings.ToValidUTF8(s[:200], "") + "…"
}
