package smapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzMasks puts known secrets into any text, and the text into documents, also broken ones. No output may have the secrets.
func FuzzMasks(f *testing.F) {
	for _, text := range []string{"", "text", `{"message":"`, `"}`, `{"a":"{\"b\":\"`, "https://s3.example/x?", "Atza|", "&code=", `\`, "<title>", "\xff"} {
		f.Add(text, "")
		f.Add(text, text)
		f.Add("", text)
	}
	known := []string{firstToken, clientSecret, uploadLocation, signature}
	f.Fuzz(func(t *testing.T, before, after string) {
		m := &masks{}
		m.remember(known[0], known[1], known[3])
		m.rememberURL(known[2])
		for _, secret := range known {
			text := before + secret + after
			document, err := json.Marshal(map[string]any{"message": text, text: []string{text}})
			require.NoError(t, err)
			nested, err := json.Marshal(map[string]any{"body": string(document), "code": text})
			require.NoError(t, err)
			for _, output := range []string{
				m.text(text),
				m.body([]byte(text), "text/plain", false),
				m.body([]byte(text), "application/x-www-form-urlencoded", true),
				m.body(document, "application/json", false),
				m.body(document[:len(document)*2/3], "application/json", false),
				m.body(nested, "application/json", true),
			} {
				for _, other := range known {
					require.NotContains(t, output, other)
				}
			}
			masked := m.body(document, "application/json", false)
			require.True(t, json.Valid([]byte(masked)), "a document stays a document: %q", masked)
		}
	})
}

// FuzzErrorBody reads errors from any answer. The texts are short and printable, and do not have the access token.
func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{"", "{}", `{"message":"m","violations":[{"message":"v","validationDetails":{"originalInstance":{"propertyPath":"$.a"}}}]}`,
		`{"message":7,"code":{},"violations":["x",null,[]]}`, `{"violations":{}}`, "<html><title>Proxy", "<Error><Code>AccessDenied</Code></Error>",
		"\x1b[31m", "\xff\xfe", `{"message":"` + firstToken + `"}`, "<TITLE>\u0130</TITLE>"} {
		f.Add(400, "application/json", body)
		f.Add(503, "text/html", body)
		f.Add(200, "", body)
	}
	c, err := New(Options{Tokens: &testTokens{}})
	require.NoError(f, err)
	c.masks.remember(firstToken)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if strings.Contains(body, "secret-package") {
			return
		}
		a := answer{status: status, header: http.Header{"Content-Type": {contentType}, "X-Amzn-Requestid": {body}, "Location": {body}}, body: []byte(body)}
		k := call{name: callVendors, method: http.MethodGet, path: "/v1/vendors", json: true}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "https://s3.example/secret-package?x=1", nil)
		require.NoError(t, err)
		failures := []*failure{c.examine(k, a), c.refusal(k, a), c.pageFailure(k, a), c.uploadFailure(request, a)}
		for i, failed := range failures {
			if failed == nil {
				require.Zero(t, i, "only the first may be a success")
				require.Equal(t, 2, status/100)
				require.True(t, json.Valid([]byte(body)))
				continue
			}
			text := failed.err.Error()
			require.NotContains(t, text, firstToken)
			require.NotContains(t, text, "secret-package")
			require.Less(t, len(text), (maxProblems*5+10)*(maxMessage+100))
			require.True(t, utf8.ValidString(text))
			require.Equal(t, -1, strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }), "%q", text)
			require.False(t, failed.lost() && status >= 400 && status < 500 && status != 408)
		}
	})
}
