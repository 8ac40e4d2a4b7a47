package linkproxy_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
	"lastpost/internal/linkproxy/linkproxytest"
	"lastpost/internal/linkproxy/lint"
)

// loginPages are sign-in pages with words that other pages use for errors: in scripts, in hidden templates, in other
// languages, and in visible texts beside the form. FIELDS is replaced by the form that continues the sign-in.
var loginPages = map[string]string{
	"words in a script": `<title>Sign in</title><script>var messages = {invalid: "Invalid client id or redirect uri", expired: "Your session has expired. Cookie not found."}</script>FIELDS`,
	"words in a hidden template": `<title>Sign in</title><template id=error><p>Error: invalid redirect_uri</p></template>
<div class=alert hidden><div>Invalid client id or redirect uri. <b>unknown client</b></div></div>FIELDS<p style="display: none">Session expired</p>`,
	"words beside the form":    `<title>Sign in to the application</title>FIELDS<p>Was your link invalid or expired? The redirect URI is not valid before you registered the client. Unknown scope?`,
	"without scripts":          `<title>Sign in</title><noscript>Error: JavaScript and cookies are required. Invalid session.</noscript>FIELDS`,
	"in German":                `<html lang=de><title>Anmelden</title><h1>Melden Sie sich bei der Anwendung an</h1><p>Ungültig gewordene Sitzungen: Fehler melden</p>FIELDS`,
	"in Japanese":              `<html lang=ja><title>ログイン</title><p>エラーが発生した場合は、もう一度お試しください。</p>FIELDS`,
	"in French":                `<html lang=fr><title>Connexion</title><p>Votre session a expiré ? Erreur de connexion, cookie invalide : réessayez.</p>FIELDS`,
	"in Arabic, right to left": `<html lang=ar dir=rtl><title>تسجيل الدخول</title><p>انتهت صلاحية الجلسة</p>FIELDS`,
}

// withPage shows a sign-in page of loginPages. Its form continues the sign-in.
func withPage(page string) func(*harness) {
	return func(s *harness) {
		s.server.ChangeLogin = func(form string) string { return strings.Replace("<!doctype html>"+page, "FIELDS", form, 1) }
	}
}

// scriptedSignIn replaces the form by a script that sends JSON. The first password is wrong.
func scriptedSignIn(status int, wrong string) func(*harness) {
	return func(s *harness) {
		var query url.Values
		s.server.AuthorizeHandler = func(w http.ResponseWriter, r *http.Request) {
			query = r.Form
			fixedResponse(200, "text/html", `<!doctype html><title>App</title><div id=root></div><script type=module src="/static/app.js"></script>`)(w, r)
		}
		s.alexa.ScriptPath, s.alexa.ScriptBody = "/api/sign-in", `{"username":"`+username+`","password":"not it"}`
		tries := 0
		s.server.Pages = map[string]http.HandlerFunc{
			"/api/sign-in": func(w http.ResponseWriter, r *http.Request) {
				if tries++; tries == 1 {
					fixedResponse(status, jsonType, wrong)(w, r)
					return
				}
				fixedResponse(200, jsonType, `{"next":"/oauth/finish","errors":null,"message":"Welcome"}`)(w, r)
			},
			"/oauth/finish": func(w http.ResponseWriter, r *http.Request) { s.server.Grant(w, r, query) },
		}
	}
}

// faultlessFlows returns the flows that must not have findings, by name.
func faultlessFlows() map[string]func(*harness) {
	flows := map[string]func(*harness){
		"a confidential client, Basic":            func(*harness) {},
		"a confidential client, the body":         func(s *harness) { s.alexa.AuthMethod, s.server.AuthMethod = "body", "body" },
		"a secret with + and %, decoded":          func(s *harness) { withSecret("ab+cd%2Fef==", nil)(s); s.alexa.RawBasic = false },
		"a secret with + and %, sent raw":         func(s *harness) { withSecret("ab+cd%2Fef==", nil)(s); s.server.DecodesBasic = false },
		"PKCE":                                    changingAlexa(func(a *linkproxytest.Alexa) { a.PKCE = true }),
		"a public client with PKCE":               func(s *harness) { s.alexa.PKCE, s.alexa.AuthMethod, s.server.AuthMethod = true, "public", "none" },
		"three consent pages":                     func(s *harness) { s.server.Consents = 3 },
		"a wrong password, status 200":            func(s *harness) { s.alexa.WrongPasswords, s.server.RetryStatus = 2, 200 },
		"a wrong password, status 401":            func(s *harness) { s.alexa.WrongPasswords, s.server.RetryStatus = 1, 401 },
		"a wrong password, status 400, consent":   func(s *harness) { s.alexa.WrongPasswords, s.server.RetryStatus, s.server.Consents = 1, 400, 1 },
		"a script with JSON":                      scriptedSignIn(401, `{"error":"invalid_credentials","message":"Invalid username or password for this application"}`),
		"a script with JSON, status 200":          scriptedSignIn(200, `{"success":false,"errors":[{"message":"Wrong password. 2 tries left."}]}`),
		"a long state":                            longState(func(*harness) {}),
		"a code with +, encoded":                  func(s *harness) { s.server.ChangeCode = func(c string) string { return "Ab+/" + c + "==" } },
		"a code with +, which the server accepts": acceptsSpaces,
		"Facebook's fragment":                     func(s *harness) { s.server.ChangeLocation = func(l string) string { return l + "#_=_" } },
		"offline_access, and a short session": func(s *harness) {
			s.alexa.Scope = "profile offline_access"
			s.server.Scopes = []string{s.alexa.Scope}
			withMember("refresh_expires_in", 0)(s)
		},
		"refresh tokens of 90 days": withMember("refresh_token_expires_in", 7776000),
		"access tokens of a year":   withMember("expires_in", 31536000),
		"a strict cookie that is not needed": func(s *harness) {
			withCookie("Path=/; Secure; SameSite=Strict", func(w http.ResponseWriter, r *http.Request) { s.server.Grant(w, r, r.Form) })(s)
		},
		"a bot protection that lets Amazon through": changingResponse(func(_ *int, h http.Header, _ map[string]any) { h.Set("X-Datadome", "protected") }),
		"response_mode=query":                       changingAlexa(func(a *linkproxytest.Alexa) { a.ExtraQuery = "response_mode=query&" }),
		"a strict cookie before a form": withCookie("Path=/; Secure; SameSite=Strict", func(w http.ResponseWriter, r *http.Request) {
			fixedResponse(200, "text/html", `<title>Sign in</title><form method=post action="/oauth/login"><input type=hidden name=to value="`+
				strings.ReplaceAll(r.URL.RawQuery, "&", "&amp;")+`"><input name=username><input name=password></form>`)(w, r)
		}),
		"a long state, and a long password": longState(func(s *harness) {
			s.alexa.WrongPasswords, s.server.RetryStatus = 1, 400
			s.server.ChangeLogin = func(form string) string { return "<title>Sign in</title><p>At most 64 characters" + form }
		}),
		"a refresh without a new refresh token": func(s *harness) {
			responses := 0
			s.server.ChangeResponse = func(_ *int, _ http.Header, body map[string]any) {
				if responses++; responses > 1 {
					delete(body, "refresh_token")
				}
			}
		},
		"header names in mixed case": changingResponse(func(_ *int, h http.Header, _ map[string]any) {
			h.Del("Content-Type")
			h.Del("Cache-Control")
			h["content-TYPE"], h["CACHE-control"] = []string{"Application/JSON; charset=UTF-8"}, []string{"No-Store"}
		}),
		"mode auto": func(s *harness) {
			s.proxy.Mode, s.server.Consents, s.alexa.WrongPasswords, s.server.RetryStatus = linkproxy.Auto, 2, 1, 401
		},
	}
	for name, page := range loginPages {
		flows["a page: "+name] = withPage(page)
	}
	return flows
}

// acceptsSpaces makes the server send a code with + unencoded, and read a space as +.
func acceptsSpaces(s *harness) {
	withCode("Abc+def/Ghi==")(s)
	s.server.TokenHandler = func(w http.ResponseWriter, r *http.Request) {
		r.Form.Set("code", strings.ReplaceAll(r.Form.Get("code"), " ", "+"))
		r.PostForm.Set("code", r.Form.Get("code"))
		s.server.ServeToken(w, r)
	}
}

// TestFaultlessFlowsHaveNoFindings links accounts without a fault. The traces have no findings, also later.
func TestFaultlessFlowsHaveNoFindings(t *testing.T) {
	for name, prepare := range faultlessFlows() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			prepare(s)
			s.alexa.Refreshes = true
			s.run()
			traces := s.stop()
			require.Len(t, traces, 1, s.log)
			require.Equal(t, "refreshed", traces[0].Outcome(), "%v", s.alexa.Responses)
			for _, later := range []time.Duration{0, time.Hour} {
				require.Empty(t, lint.Diagnose(traces[0], time.Now().Add(later)))
			}
			require.NotContains(t, s.log.String(), `"rule"`)
		})
	}
}

// TestRetryAfterAnError starts a sign-in, gets an error page, and starts again with the same and with another state. The
// second attempt has no findings.
func TestRetryAfterAnError(t *testing.T) {
	for name, row := range map[string]struct {
		answer    http.HandlerFunc
		sameState bool
	}{
		"an expired page, the same state":    {fixedResponse(400, "text/html", "<title>Error</title><p>This page has expired. Start again."), true},
		"an expired page, another state":     {fixedResponse(400, "text/html", "<title>Error</title><p>This page has expired. Start again."), false},
		"a lost cookie, the same state":      {fixedResponse(400, "text/html", "<title>Error</title><p>Restart login cookie not found."), true},
		"an error page with 200":             {fixedResponse(200, "text/html", "<title>Sorry</title><p>Something went wrong. Try again."), true},
		"cancelled, then the second thought": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHarness(t)
			first := true
			s.server.ChangeRedirect = func(_ *url.URL, v url.Values) {
				if first && row.answer == nil {
					v.Del("code")
					v.Set("error", "access_denied")
				}
				first = false
			}
			if row.answer != nil {
				s.server.AuthorizeHandler = func(w http.ResponseWriter, r *http.Request) {
					if first {
						first = false
						row.answer(w, r)
						return
					}
					s.server.Authorize(w, r)
				}
			}
			s.alexa.Refreshes = true
			s.startProxy()
			s.alexa.SignIn()
			s.alexa.Callback = nil
			if !row.sameState {
				s.alexa.State += "-again"
			}
			s.alexa.LinkAccount()
			linked := 0
			for _, attempt := range s.stop() {
				for _, f := range lint.Diagnose(attempt, time.Now().Add(time.Hour)) {
					require.NotEqual(t, "refreshed", attempt.Outcome(), "%+v", f)
				}
				if attempt.Outcome() == "refreshed" {
					linked++
				}
			}
			require.Equal(t, 1, linked, s.log)
		})
	}
}
