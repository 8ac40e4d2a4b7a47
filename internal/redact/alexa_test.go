package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMasksSecrets(t *testing.T) {
	m := NewAlexaMasker()
	for _, row := range []struct{ claim, document, secret string }{
		{"a user's ID", `{"user":{"userId":"S3CRET"}}`, "S3CRET"},
		{"an API token", `{"System":{"apiAccessToken":"S3CRET"}}`, "S3CRET"},
		{"an unknown kind of token", `{"someNewToken":"S3CRET"}`, "S3CRET"},
		{"space around the colon", "{\"userId\" \n:\t \"S3CRET\" }", "S3CRET"},
		{"a key with escapes", `{"user\u0049d":"S3CRET"}`, "S3CRET"},
		{"a key that starts with an escape", `{"\u0075serId":"S3CRET"}`, "S3CRET"},
		{"a key in capital letters", `{"USERID":"S3CRET"}`, "S3CRET"},
		{"a value with escaped quotes", `{"userId":"a\"S3CRET","x":1}`, "S3CRET"},
		{"a value that ends in a backslash", `{"userId":"a\\","deviceId":"S3CRET"}`, "S3CRET"},
		{"an object", `{"accessToken":{"a":["S3CRET","}"]},"b":1}`, "S3CRET"},
		{"a list", `{"accessToken":[["S3CRET"],2],"b":1}`, "S3CRET"},
		{"an ID of an unknown kind", `{"x":"amzn1.ask.guest.S3CRET"}`, "S3CRET"},
		{"an ID of another service", `{"x":"in amzn1.comms.id.person.S3CRET, it says"}`, "S3CRET"},
		{"a device's location", `{"Geolocation":{"coordinate":{"latitudeInDegrees":47.61573}}}`, "47.61573"},
		{"a client's secret", `{"client_secret":"S3CRET"}`, "S3CRET"},
		{"a password", `{"password":"S3CRET"}`, "S3CRET"},
		{"a number", `{"personId":573737,"b":1}`, "573737"},
		{"a number at the end", `{"personId":573737}`, "573737"},
		{"the advertising ID", `{"context":{"Advertising":{"advertisingId":"S3CRET","limitAdTracking":false}}}`, "S3CRET"},
		{"a user's ID in snake case", `{"user_id":"S3CRET"}`, "S3CRET"},
		{"an API key", `{"apiKey":"S3CRET"}`, "S3CRET"},
		{"an API key in the form of a header", `{"x-api-key":"S3CRET"}`, "S3CRET"},
		{"the code of AcceptGrant", `{"directive":{"payload":{"grant":{"type":"OAuth2.AuthorizationCode","code":"S3CRET"},"b":1}}}`, "S3CRET"},
		{"the token of AcceptGrant", `{"directive":{"payload":{"grantee":{"type":"BearerToken","token":"S3CRET"}}}}`, "S3CRET"},
		{"JSON in a text", `{"body":"{\"accessToken\":\"S3CRET\"}"}`, "S3CRET"},
		{"JSON in JSON in a text", `{"body":"{\"inner\":\"{\\\"accessToken\\\":\\\"S3CRET\\\"}\"}"}`, "S3CRET"},
		{"JSON in a text with escaped letters", `{"body":"{\"access\\u0054oken\":\"S3CRET\"}"}`, "S3CRET"},
		{"JSON in the middle of a text", `{"message":"request was {\"accessToken\": \"S3CRET\", x"}`, "S3CRET"},
		{"a token in a URL", `{"url":"https://blog.example/a.mp3?access_token=S3CRET&x=1"}`, "S3CRET"},
		{"a token in a list", `{"a":["access_token=S3CRET"]}`, "S3CRET"},
		{"a token as a key", `{"access_token=S3CRET":1}`, "S3CRET"},
		{"an id within a text", `{"message":"user amzn1.ask.account.S3CRET is gone"}`, "S3CRET"},
		{"an id as a key", `{"amzn1.ask.device.S3CRET":1}`, "S3CRET"},
		{"an id within the session's attributes", `{"session":{"attributes":{"x":"amzn1.ask.person.S3CRET"}}}`, "S3CRET"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			masked := m.MaskJSON([]byte(row.document))
			require.NotContains(t, string(masked), row.secret)
			require.Contains(t, string(masked), MaskPrefix)
			require.True(t, json.Valid(masked), "%s", masked)
		})
	}
}

func TestLeavesPublicValues(t *testing.T) {
	m := NewAlexaMasker()
	for _, row := range []struct{ claim, document string }{
		{"attributes", `{"session":{"attributes":{"place":{"post":"x","asked":2}}}}`},
		{"null and empty values", `{"userId":null,"accessToken":"","permissions":{},"deviceId":[]}`},
		{"the audio player's token", `{"AudioPlayer":{"token":"post-1"},"expectedPreviousToken":"post-0"}`},
		{"the application", `{"applicationId":"amzn1.ask.skill.1","requestId":"amzn1.echo-api.request.1"}`},
		{"a slot's authority", `{"authority":"amzn1.er-authority.echo-sdk.amzn1.ask.skill.1.CATEGORY"}`},
		{"a value that equals a secret key", `{"a":"userId","b":["userId","deviceId"]}`},
		{"a single text that equals a secret key", `"userId"`},
		{"an empty document", ``},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.document, string(m.MaskJSON([]byte(row.document))))
		})
	}
}

func TestEqualValuesHaveEqualHashes(t *testing.T) {
	m := NewAlexaMasker()
	const id = "amzn1.ask.account.ONE"
	a, b := string(m.MaskJSON([]byte(`{"userId":"`+id+`"}`))), string(m.MaskJSON([]byte(`{"x":"of `+id+`."}`)))
	hash := m.hashValue([]byte(id))
	require.Equal(t, `{"userId":"`+hash+`"}`, a)
	require.Equal(t, `{"x":"of `+hash+`."}`, b)
	require.NotEqual(t, hash, m.hashValue([]byte(id+"2")))
	require.NotEqual(t, hash, NewAlexaMasker().hashValue([]byte(id)), "each masker has its own key")
}

func TestMasksHeaders(t *testing.T) {
	m := NewAlexaMasker()
	kept := m.MaskHeader(http.Header{"Authorization": {"Basic S3CRET"}, "Cookie": {"S3CRET"}, "User-Agent": {"Apache"}, "X-Forwarded-For": {"192.0.2.1"}})
	require.Equal(t, []string{"Apache"}, kept["User-Agent"])
	for _, name := range []string{"Authorization", "Cookie", "X-Forwarded-For"} {
		require.True(t, strings.HasPrefix(kept.Get(name), MaskPrefix), name)
	}
}

// MaskHeader returns at most 40 headers, 40 values of each, and 1000 bytes of each value.
func TestLimitsHeaders(t *testing.T) {
	many := http.Header{}
	for i := range 60 {
		many.Add(fmt.Sprint("X-Header-", i), "x")
	}
	m := NewAlexaMasker()
	require.Len(t, m.MaskHeader(many), 40)
	long := m.MaskHeader(http.Header{"User-Agent": {strings.Repeat("a", 5000)}, "Accept": {strings.Repeat("b", 1000)}, strings.Repeat("N", 5000): {"x"}})
	require.Equal(t, strings.Repeat("a", 1000)+"…", long.Get("User-Agent"))
	require.Equal(t, strings.Repeat("b", 1000), long.Get("Accept"))
	require.Contains(t, long, strings.Repeat("N", 100)+"…")
	require.Len(t, m.MaskHeader(http.Header{"Accept": make([]string, 100)})["Accept"], 40)
}

func TestMasksIDAtStartOfText(t *testing.T) {
	m := NewAlexaMasker()
	require.Equal(t, m.hashValue([]byte("amzn1.ask.account.ONE"))+" is gone", m.MaskText("amzn1.ask.account.ONE is gone"))
	require.Equal(t, "an amzn1.ask.skill.1 of "+m.hashValue([]byte("amzn1.ask.account.ONE")), m.MaskText("an amzn1.ask.skill.1 of amzn1.ask.account.ONE"))
}

// FuzzMaskJSON checks that valid JSON stays valid and keeps its structure, and that the values of secret keys are masked.
func FuzzMaskJSON(f *testing.F) {
	for _, seed := range []string{`{"userId":"a","b":[1,{"deviceId":{"x":"}"}}]}`, `[]`, `{"a":"\\\"","apiAccessToken":-1e5 ,"c":true}`, "{\"userId\"\r:\n[\"]\"]}", `{"userId":"cut off`, `{"a":"\`,
		"\"userId':\xc2\xc2\xc2\xc2\xc2\xc2\xc2\xc2d':\"", `{"userId:0123456789abcdef":"client_secret=0123456789abcdef"}`,
		`{"":"client_secret=access_token"`} {
		f.Add(seed)
	}
	m := NewAlexaMasker()
	f.Fuzz(func(t *testing.T, document string) {
		masked := m.MaskJSON([]byte(document)) // must not panic
		if !json.Valid([]byte(document)) {
			return
		}
		requireSameStructure(t, decodeJSON(t, []byte(document)), decodeJSON(t, masked))
	})
}

// decodeJSON decodes a document. It keeps numbers as text, because JSON numbers may exceed the limits of Go's types.
func decodeJSON(t *testing.T, document []byte) (value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value), "%s", document)
	return value
}

// maySecret finds texts that may hold a secret: an assignment, an encoded one, an id, a token or a long word.
var maySecret = regexp.MustCompile(`(?i)[=:%&\\<>]|amzn1\.|bearer|basic|dpop|private|eyj|[\w|.~+/-]{16}`)

// requireSameStructure checks that the masked value is has the structure of the original was: the same keys and list
// lengths, the same public values, and masks in place of secrets. Only a text that may hold a secret may change.
func requireSameStructure(t *testing.T, was, is any) {
	t.Helper()
	switch before := was.(type) {
	case map[string]any:
		after, ok := is.(map[string]any)
		require.True(t, ok)
		for key, value := range before {
			if _, kept := after[key]; !kept {
				require.Regexp(t, maySecret, key)
				continue
			}
			if IsSecretKey(key) {
				text, ok := after[key].(string)
				require.True(t, isEmpty(value) || ok && strings.HasPrefix(text, MaskPrefix), "%s: %v", key, after[key])
				continue
			}
			requireSameStructure(t, value, after[key])
		}
	case []any:
		after, ok := is.([]any)
		require.True(t, ok)
		require.Len(t, after, len(before))
		for i := range before {
			requireSameStructure(t, before[i], after[i])
		}
	case string:
		after, ok := is.(string)
		require.True(t, ok)
		if after != before {
			require.Regexp(t, maySecret, before)
			require.Contains(t, after, MaskPrefix)
		}
	default:
		require.Equal(t, was, is)
	}
}

// isEmpty reports whether a value contains nothing to mask.
func isEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}
