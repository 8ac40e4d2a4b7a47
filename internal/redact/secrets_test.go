package redact

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// random returns a secret of letters and digits, as programs generate them.
func random(r *rand.Rand, length int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, length)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b[:len(b)-2]) + "q7" // at least one letter and one digit
}

// encodeJWT returns a JSON Web Token with random parts. Five parts are an encrypted token, whose second part may be empty.
func encodeJWT(r *rand.Rand, parts int) string {
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"` + random(r, 6) + `"}`))
	for n := 1; n < parts; n++ {
		if part := random(r, 8+r.IntN(40)); parts == 5 && n == 1 && r.IntN(2) == 0 {
			token += "."
		} else {
			token += "." + part
		}
	}
	return token
}

// A shape is a text with a secret. parts are the pieces that must not appear.
type shape struct {
	name, text string
	parts      []string
}

// shapes returns texts with a new secret in many forms.
func shapes(r *rand.Rand) []shape {
	var all []shape
	for _, parts := range []int{3, 5} {
		jwt := encodeJWT(r, parts)
		pieces := strings.Split(strings.ReplaceAll(jwt, "..", "."), ".")
		for name, text := range map[string]string{
			"in a text": "the token " + jwt + " is expired.", "alone": jwt, "in a URL's path": "https://x.example/verify/" + jwt + "/now",
			"in a query": "https://x.example/?t=" + jwt + "&x=1", "in a fragment": "https://x.example/#" + jwt, "in a tag": `<input name="t" value="` + jwt + `">`,
			"in a list": `["` + jwt + `"]`, "cut off": jwt[:len(jwt)-3] + "…", "in a header": "Authorization: Bearer " + jwt,
			"with a word before it": "token" + jwt, "in single quotes": "'" + jwt + "'", "in parentheses": "(" + jwt + ")",
		} {
			all = append(all, shape{fmt.Sprint("a token of ", parts, " parts ", name), text, pieces})
		}
	}
	for _, name := range []string{
		"access_token", "accessToken", "apiAccessToken", "refresh_token", "refreshToken", "id_token", "client_secret", "clientSecret", "api_key", "apiKey",
		"x-api-key", "X-Api-Key", "user_id", "userId", "deviceId", "device_id", "personId", "advertisingId", "code_verifier", "password",
		"authorization_code", "client_assertion",
	} {
		secret := random(r, 10+r.IntN(30))
		for shaped, format := range map[string]string{
			"in a form": "%s=%s", "in a form, not first": "a=b&%s=%s&c=d", "in a query": "GET https://x.example/p?%s=%s&c=d HTTP/1.1 failed",
			"in a fragment": "https://x.example/cb#%s=%s", "in a text": "bad request: %s=%s, try again", "with spaces": "the %s = %s was refused",
			"after a colon": "%s: %s", "in JSON": `{"a":1,"%s":"%s"}`, "in JSON with spaces": `{ "%s" : "%s" }`, "in JSON that was cut off": `{"%s":"%s`,
			"in escaped JSON": `body {\"%s\":\"%s\"}`, "in JSON escaped twice": `body {\\\"%s\\\":\\\"%s\\\"}`, "in Python's form": "{'%s': '%s'}",
			"in a page": "{&quot;%s&quot;:&quot;%s&quot;}", "in Go's page": "{&#34;%s&#34;:&#34;%s&#34;}", "in a tag": `<input name="a" %s="%s">`,
			"in a URL in a URL": "https://x.example/?next=https%%3A%%2F%%2Fy.example%%2F%%3F%s%%3D%s%%26b%%3Dc", "in a URL of JSON": "q=%%7B%%22%s%%22%%3A%%22%s%%22%%7D",
			"in Ruby's form": `{"%s"=>"%s"}`, "in a header": "%s: %s\r\nAccept: */*", "in Go's JSON of a URL": `https://x.example/?a=b\u0026%s=%s\u0026c=d`,
			"in an element": "<a><%s>%s</b></a>", "in an element in JSON": `\u003c%s\u003e%s\u003c/x\u003e`, "in brackets": "user[%s]=%s", "in a list": "%s[]=%s&a",
			"with an index": "%s[0]=%s&a", "in a map": `params["%s"] = "%s"`, "in brackets in a URL": "a=b&user%%5B%s%%5D=%s&c=d",
		} {
			all = append(all, shape{name + " " + shaped, fmt.Sprintf(format, name, secret), []string{secret}})
		}
	}
	for _, name := range []string{"code", "state", "token", "key", "secret", "sig"} {
		secret := random(r, 16+r.IntN(20))
		for shaped, format := range map[string]string{
			"in a query": "https://x.example/cb?%s=%s&c=d", "in a query, not first": "https://x.example/cb?c=d&%s=%s", "in escaped JSON": `body {\"%s\":\"%s\"}`,
			"in JSON in a text": `payload {"%s":"%s"}`, "in a text": "the %s = %s was refused", "in a URL in a URL": "?next=%%2Fcb%%3Fa%%3Db%%26%s%%3D%s%%26b",
			"in a form": "%s=%s&c=d", "before a verb": "the %s %s is expired", "in quotes": "invalid %s '%s'", "in parentheses": "%s (%s) was used", "after is": "the %s is %s.",
		} {
			all = append(all, shape{name + " " + shaped, fmt.Sprintf(format, name, secret), []string{secret}})
		}
	}
	for _, prefix := range tokenPrefixes {
		secret := random(r, 24)
		all = append(all, shape{prefix + " in a text", "failed for " + prefix + "|" + secret + ".", []string{secret}}, shape{prefix + " in a URL", "/x%3F" + prefix + "%7C" + secret, []string{secret}})
	}
	all = append(append(all, fieldShapes(r)...), keyShapes(r)...)
	secret := random(r, 24)
	basic := base64.StdEncoding.EncodeToString([]byte("client:" + secret))
	return append(all, shape{"a bearer token", "sent Authorization Bearer " + secret, []string{secret}}, shape{"Basic", "got Basic " + basic + " from it", []string{basic}},
		shape{"the user info of a URL", "Get \"https://reader:" + secret + "@blog.example/feed\": refused", []string{secret}})
}

// fieldShapes returns forms whose fields have a secret value.
func fieldShapes(r *rand.Rand) (all []shape) {
	for _, name := range []string{"password", "client_secret", "clientSecret", "access_token", "user[password]", "code", "csrf-token"} {
		secret := random(r, 12)
		for shaped, format := range map[string]string{
			"name first": `<input name="%s" value="%s">`, "value first": `<input value="%[2]s" name="%[1]s"/>`, "with others": `<p><input type="hidden" name='%s' class=a value='%s' autofocus>`,
			"in capitals": `<INPUT NAME="%s" TYPE="text" VALUE="%s">`, "in a meta element": `<meta name="%s" content="%s">`, "with an id": `<input id="%s" size="40" value="%s">`,
			"with a type": `<input type="%s" value="%s">`, "between others": `<input name=a value=b><input value="%[2]s" class="x" name="%[1]s"><input name=c value=d>`,
			"cut off": `<input name="%s" value="%s`, "in JSON": `{"page":"<input name=\"%s\" value=\"%s\">"}`, "in Go's JSON": `\u003cinput value=\u0022%[2]s\u0022 name=\u0022%[1]s\u0022\u003e`,
			"in a URL": "%%3Cinput+name%%3D%%22%s%%22+value%%3D%%22%s%%22%%3E", "in a page's text": "&lt;input value=&quot;%[2]s&quot; name=&quot;%[1]s&quot;&gt;",
			"on lines": "<input\n  name=\"%s\"\n  value=\"%s\"\n>", "with spaces": `<input name = "%s" value = "%s">`,
		} {
			all = append(all, shape{"the field " + name + " " + shaped, fmt.Sprintf(format, name, secret), []string{secret}})
		}
	}
	secret := random(r, 16)
	return append(all, shape{"an unquoted field", "<input name=password value=" + secret + ">", []string{secret}},
		shape{"a short password", `<input value="hunter2" name="password">`, []string{"hunter2"}})
}

// keyShapes returns private keys in the PEM format. Each line is a piece of the secret.
func keyShapes(r *rand.Rand) (all []shape) {
	for _, kind := range []string{"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"} {
		lines := []string{random(r, 20), random(r, 64), strings.ToLower(random(r, 8)), random(r, 5) + "=="}
		pem := func(newline string) string {
			return "-----BEGIN " + kind + "-----" + newline + strings.Join(lines, newline) + newline + "-----END " + kind + "-----" + newline
		}
		for shaped, text := range map[string]string{
			"on lines": "cannot read the key\n" + pem("\n"), "on Windows' lines": pem("\r\n"), "on one line": "key=" + pem(" ") + "is bad", "without spaces": pem(""),
			"in JSON": `{"key":"` + pem(`\n`) + `","kid":"1"}`, "in JSON in JSON": `{\"key\":\"` + pem(`\\n`) + `\"}`, "in a program": "key = '" + pem("\\n' +\n  '"),
			"cut off": pem("\n")[:len(pem("\n"))-40], "in a URL": "https://x.example/?k=" + url.QueryEscape(pem("\n")), "in a page": "<pre>" + pem("<br>") + "</pre>",
			"with a header": strings.Replace(pem("\n"), "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0F\n\n", 1),
			"twice":         pem("\n") + pem("\n"),
		} {
			all = append(all, shape{"a " + kind + " " + shaped, text, lines})
		}
	}
	return all
}

// TestMasksSecretsInEveryShape plants secrets in texts, in every encoding, and masks them in every way that the service uses.
func TestMasksSecretsInEveryShape(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(17, 17))
	a, o := NewAlexaMasker(), NewOAuthMasker([]byte("one"), []byte("two"))
	quote := func(text string) string { b, _ := json.Marshal(text); return string(b) }
	for range 5 {
		for _, s := range shapes(r) {
			for output, masked := range map[string]string{
				"text":              a.MaskText(s.text),
				"text in the end":   a.MaskText("failed: " + quote(s.text)),
				"JSON":              string(a.MaskJSON([]byte(`{"a":[` + quote(s.text) + `],"b":2}`))),
				"JSON in JSON":      string(a.MaskJSON([]byte(`{"a":` + quote(`{"b":`+quote(s.text)+`}`) + `}`))),
				"JSON's key":        string(a.MaskJSON([]byte(`{` + quote(s.text) + `:1}`))),
				"header":            a.MaskHeader(http.Header{"User-Agent": {s.text}}).Get("User-Agent"),
				"linking's text":    o.MaskText(s.text),
				"linking's page":    o.MaskText(html.EscapeString(s.text)),
				"description":       o.MaskForm("error_description=" + url.QueryEscape(s.text)),
				"a public field":    o.MaskForm("scope=" + url.QueryEscape(s.text)),
				"linking's header":  o.MaskHeaderValue("Www-Authenticate", s.text),
				"linking's address": o.MaskURL("https://as.example/p?error=" + url.QueryEscape(s.text)),
				"linking's JSON":    maskLinkJSON(t, o, `{"scope":`+quote(s.text)+`}`),
			} {
				for _, part := range s.parts {
					require.NotContains(t, masked, part, "%s in %s: %s", s.name, output, s.text)
				}
			}
		}
	}
}

func maskLinkJSON(t *testing.T, o *OAuthMasker, document string) string {
	t.Helper()
	masked, err := o.MaskJSON([]byte(document))
	require.NoError(t, err, document)
	return masked
}

// TestLeavesOrdinaryTexts checks that posts and messages without a secret stay as they are.
func TestLeavesOrdinaryTexts(t *testing.T) {
	t.Parallel()
	m := NewAlexaMasker()
	for _, text := range []string{
		"code = 5", "Set code = 5, then state = open.", "code=5", "In PHP, $code = 404; is a number.", "The password: how to choose one", "a token of love",
		"Zip code: 90210", "zipcode=90210", "the secret = patience", "key: value", "session: morning", "The state: Ohio", "What is the code? It is secret.",
		"response_type=code&scope=openid", "grant_type=authorization_code", "token_type is Bearer", "https://halfelf.org/2026/03/a-post/?p=112&page=2",
		"https://blog.example/?state=open&code=no", "error=invalid_grant", "Bearer authentication is required", "Basic usage: see below", "a keyboard: mechanical",
		`{"status":{"code":"ER_SUCCESS_MATCH"}}`, `"code": "en-US"`, "eyJ is how tokens begin", "the access_token: is missing", "access token refused",
		"timestamp: 2026-03-14T09:00:00Z", "mailto:someone@blog.example", "https://blog.example/@someone:today", "5 = five", "a=b", "100% of it: yes",
		"Wi-Fi password forgotten? Read on: it is easy.", "passwords: at least 12 characters", "masked:1065107425", "keys = doors", "user identity: who are you",
		"Der Code: ein Roman", "<speak>The code is 1234.</speak>", "https://x.example/?key=value", "api: keys and locks", "device: Echo Dot",
		"state=California", "apiKey: process.env.API_KEY", "My password: Swordfish", "a password > 12 characters", "the token Internationalization", "<code>f3a9c81d4b7e6a05c1d2</code>",
		"the code samples of 2026", "see commit f3a9c81d4b7e6a05c1d2", "Das Passwort: Schwertfisch", "パスワード: 秘密です。トークン: 仮想通貨の話", "AKIA is a prefix", "the session (Introduction)",
		`<input name="password"><input name="language" value="english">`, `<input value="1234-5678"><input name="password">`, `<input type="submit" name="key" value="Sign in">`,
		`<meta name="description" content="Password: how to choose one">`, "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----",
		"A PRIVATE KEY is a file", `<option name="state" value="ohio">`,
		"SGVsbG8gd29ybGQ is Base64", "https://video.example/watch?v=dQw4w9WgXcQdQw4w9WgXcQ",
	} {
		require.Equal(t, text, m.MaskText(text))
		quoted, _ := json.Marshal(map[string]string{"text": text})
		require.Equal(t, string(quoted), string(m.MaskJSON(quoted)))
	}
}

// TestMaskedTextsStay masks twice. Masks are not masked again, so that equal secrets stay recognizable.
func TestMaskedTextsStay(t *testing.T) {
	t.Parallel()
	m := NewAlexaMasker()
	for _, s := range shapes(rand.New(rand.NewPCG(1, 2))) {
		once := m.MaskText(s.text)
		require.Equal(t, once, m.MaskText(once), s.name)
	}
}

// TestMaskingIsLinear masks hostile texts of 16 KiB and 128 KiB. Quadratic time would be 64 times as long, linear time 8 times.
func TestMaskingIsLinear(t *testing.T) {
	m := NewAlexaMasker()
	duration := func(text string) time.Duration {
		least := time.Hour
		for range 3 {
			began := time.Now()
			m.MaskText(text)
			least = min(least, time.Since(began))
		}
		return least
	}
	for _, unit := range []string{"eyJ", "eyJabcdefghij.", "code=", `access_token="`, `access_token=\"`, "access_token='x", "a%26", "://a:", "Bearer ", "earer", "Basic", "eyJ.", `\\\\`, "key:  ", "a@",
		"BEGIN PRIVATE KEY----", "-----BEGIN PRIVATE KEY-----masked:", "PRIVATE", "BEGIN PRIVATE", "value=", `value="`, "name=value=", `name="a" value="b" `, "<input value="} {
		short, long := strings.Repeat(unit, (16<<10)/len(unit)), strings.Repeat(unit, (128<<10)/len(unit))
		require.Less(t, duration(long), 40*max(duration(short), 2*time.Millisecond), unit)
	}
}

// FuzzMaskText plants a secret after its name, in any text. It must not appear in the output.
func FuzzMaskText(f *testing.F) {
	for _, s := range shapes(rand.New(rand.NewPCG(3, 4))) {
		f.Add(s.text, "&x=1")
	}
	m := NewAlexaMasker()
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "S3cretValue0123456789"
		for _, text := range []string{
			"access_token=" + secret, `"accessToken":"` + secret + `"`, "eyJhbGciOiJub25lIn0." + secret + ".x", `<input name="password" value="` + secret + `">`,
			"-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----",
		} {
			if strings.HasSuffix(before, "masked:") || strings.HasSuffix(before, "h~") {
				continue
			}
			require.NotContains(t, m.MaskText(before+" "+text+" "+after), secret)
		}
		if !strings.ContainsAny(before, "\"'`%&\\=:>") { // an open quote after a secret's name would end at the first quote of the tag
			require.NotContains(t, m.MaskText(before+`<input value="`+secret+`" name="password">`+after), secret)
		}
		m.MaskJSON([]byte(before)) // must not panic
	})
}

// TestMasksTextsThatEndAnywhere masks short texts of names, signs and quotes. A text may end after each of them, also within a
// sign, because a sender or a limit can cut it.
func TestMasksTextsThatEndAnywhere(t *testing.T) {
	m := NewAlexaMasker()
	pieces := []string{
		"client_secret", "access_token", "token", "password", "n", "=", ":", "=>", "=&gt;", "%3D", "%25", `\u003d`, "&quot;", "&", "\\", `"`, "'",
		" ", " is (", "<", ">", `<input name="password" value=`, "[", "]", "0123456789abcdef", "eyJ", "Bearer ", "://", "@", "amzn1.",
		"-----BEGIN PRIVATE KEY-----", "\xf2", "é",
	}
	for _, first := range pieces {
		for _, second := range pieces {
			for _, third := range pieces {
				for _, last := range []string{"", "client_secret", "=", "\\"} {
					text := first + second + third + last
					require.NotPanics(t, func() { m.MaskText(text) }, "%q", text)
				}
			}
		}
	}
	require.Equal(t, "token=client_secret", m.MaskText("token=client_secret"), "a name without a value at the end")
}
