package lint

import (
	"strconv"
	"strings"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// checkTokenResponse reports a success response that Alexa cannot use.
func checkTokenResponse(x *exchange) {
	if x.Status < 200 || x.Status > 299 {
		return
	}
	if wrong := tokenProblems(x); len(wrong) > 0 {
		x.addFinding(Server, `make the OAuth server respond with `+
			`{"access_token":"…","token_type":"Bearer","expires_in":3600,"refresh_token":"…"} `+
			`as application/json, and errors with status 400`,
			"status %d: %s", x.Status, strings.Join(wrong, "; "))
	}
}

// tokenProblems lists the problems of a token response. If the response contains an error or is not JSON, it lists only
// that problem.
func tokenProblems(x *exchange) (wrong []string) {
	if code := x.ErrorCode(); code != "" {
		return []string{"it contains the error " + code}
	}
	if x.Facts.BodyKind != "json" {
		return []string{map[string]string{"form": "it is a form, not JSON", "page": "it is a page, not JSON", "empty": "it is empty",
			"other": "it is not JSON"}[x.Facts.BodyKind]}
	}
	if x.Status != 200 {
		wrong = append(wrong, "the status should be 200")
	}
	if kind, _, _ := strings.Cut(x.Facts.Header["Content-Type"], ";"); !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		wrong = append(wrong, "its Content-Type is "+strconv.Quote(x.Facts.Header["Content-Type"]))
	}
	if m := x.Facts.Members["access_token"]; m.Kind != "string" || m.Value == "" {
		wrong = append(wrong, missingMember("access_token", x.Facts.Members))
	}
	switch m := x.Facts.Members["token_type"]; {
	case m.Kind != "string" || m.Value == "":
		wrong = append(wrong, missingMember("token_type", x.Facts.Members))
	case !strings.EqualFold(m.Value, "bearer"):
		wrong = append(wrong, "token_type is "+strconv.Quote(m.Value)+", not Bearer")
	}
	return wrong
}

// missingMember describes a missing or invalid member. If the member is missing, but another one has a similar name, the
// description contains that name.
func missingMember(name string, members map[string]trace.Member) string {
	if m, ok := members[name]; ok {
		return name + " is not a text, but " + m.Kind + map[bool]string{true: " and empty"}[m.Kind == "string"]
	}
	plain := func(s string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)) }
	for other := range members {
		if plain(other) == plain(name) || plain(name) == plain("access_"+other) || plain(name) == plain("token_"+other) {
			return name + " is missing (there is " + other + ")"
		}
	}
	return name + " is missing"
}

func checkTokenCaching(x *exchange) {
	if x.Status == 200 && x.Facts.Members["access_token"].Kind == "string" &&
		!strings.Contains(strings.ToLower(x.Facts.Header["Cache-Control"]), "no-store") {
		x.addFinding(Server, "make the OAuth server send Cache-Control: no-store", "Cache-Control is %q", x.Facts.Header["Cache-Control"])
	}
}

// checkRefresh reports the problems that end a link when its access token expires: a refused refresh, or a response
// without refresh_token or expires_in.
func (v *traceView) checkRefresh() {
	for _, x := range v.refreshes {
		if x.rejectsRefresh() {
			x.addFinding(Server, "make refresh tokens valid for months, also across a restart; if they are replaced, accept the previous "+
				"one for a while. Many servers bind them to the session without the scope offline_access: add it in Amazon's console",
				"the refresh token is rejected: %s%s", truncate(x.errorText()), v.describeScope())
		}
	}
	for _, x := range v.tokens {
		if x.Status != 200 || x.Facts.Members["access_token"].Kind != "string" || v.foundRules["token-answer"] {
			continue
		}
		wrong := expiryProblems(x.Facts.Members["expires_in"])
		if m := x.Facts.Members["refresh_token"]; x.Facts.Request.Get("grant_type") != "refresh_token" &&
			(m.Kind != "string" || m.Value == "") {
			wrong = append(wrong, missingMember("refresh_token", x.Facts.Members))
		}
		if missing := x.Facts.Members["refresh_token"]; missing.Kind == "" && len(wrong) > 0 {
			wrong[len(wrong)-1] += v.describeScope()
		}
		if len(wrong) == 0 {
			v.checkRefreshLifetime(&x)
			continue
		}
		x.addFinding(Server, "make the OAuth server return refresh_token (many servers require the scope offline_access) "+
			"and expires_in, a number of seconds", "%s", strings.Join(wrong, "; "))
	}
}

// rejectsRefresh reports whether a response rejects a refresh token.
func (x *exchange) rejectsRefresh() bool {
	return x.Facts.Request.Get("grant_type") == "refresh_token" && x.Status >= 400 && x.Status < 500 && x.Facts.BodyKind == "json" &&
		x.errorText() != "" && !x.rejectsClient()
}

// describeScope returns a text about the scope of the authorization request if it does not ask for access while the
// listener is away, otherwise "".
func (v *traceView) describeScope() string {
	scope := v.authorizeParam("scope")
	if len(v.authorize) == 0 || strings.Contains(scope, "offline") || v.authorizeParam("access_type") != "" {
		return ""
	}
	return "; the scope is " + strconv.Quote(truncate(scope)) + ", without offline_access"
}

// shortRefresh is the lifetime of a refresh token that is too short: a listener who does not use the skill for this time
// must link again.
const shortRefresh = 3 * 24 * time.Hour

// checkRefreshLifetime reports a refresh token that ends soon. Keycloak and others name its lifetime in the first response;
// 0 means that it does not end.
func (v *traceView) checkRefreshLifetime(x *exchange) {
	for _, name := range []string{"refresh_expires_in", "refresh_token_expires_in"} {
		seconds, err := strconv.ParseInt(x.Facts.Members[name].Value, 10, 64)
		if err == nil && seconds > 0 && seconds < int64(shortRefresh/time.Second) {
			x.addFinding(Server, "add the scope offline_access in Amazon's console if the OAuth server knows it, or make its refresh "+
				"tokens valid for months", "%s is %d: the link ends if the skill is not used for %s%s",
				name, seconds, time.Duration(seconds)*time.Second, v.describeScope())
		}
	}
}

// minUnixTime is the smallest number of seconds that is a point in time rather than a period: it is in 2001, or 31 years.
const minUnixTime = 1_000_000_000

func expiryProblems(m trace.Member) []string {
	seconds, err := strconv.ParseInt(m.Value, 10, 64)
	switch {
	case m.Kind == "":
		return []string{"expires_in is missing"}
	case m.Kind != "number":
		return []string{"expires_in is not a number, but " + m.Kind}
	case err != nil || seconds <= 0:
		return []string{"expires_in is " + m.Value}
	case seconds >= minUnixTime:
		return []string{"expires_in is " + m.Value + ", which is a point in time"}
	}
	return nil
}
