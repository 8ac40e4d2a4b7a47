package alexa

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestDecodesAllFields(t *testing.T) {
	e, err := Decode(sampleRequest())
	require.NoError(t, err)

	id := strings.Repeat("ABCDEFGHIJ", 15)
	skill := Application{ApplicationID: "amzn1.ask.skill.00000000-0000-0000-0000-000000000000"}
	user := User{UserID: "amzn1.ask.account." + id}
	require.Equal(t, &Envelope{
		Version: "1.0",
		Session: &Session{
			SessionID:   "amzn1.echo-api.session.00000000-0000-0000-0000-000000000000",
			Application: skill,
			User:        user,
			Attributes: map[string]json.RawMessage{
				"v": json.RawMessage(`1`), "at": json.RawMessage(`"https://blog.example/2015/11/25/post"`),
				"list": json.RawMessage(`[1,2,3]`),
			},
		},
		Context: Context{System: System{
			Application: skill,
			User:        user,
			Person:      Person{PersonID: "amzn1.ask.person." + id},
			Device: Device{DeviceID: "amzn1.ask.device." + id, SupportedInterfaces: map[string]json.RawMessage{
				"AudioPlayer":            json.RawMessage(`{}`),
				"Alexa.Presentation.APL": json.RawMessage(`{"runtime":{"maxVersion":"2024.3"}}`),
			}},
		}},
		Request: Request{
			Type:      "IntentRequest",
			RequestID: "amzn1.echo-api.request.00000000-0000-0000-0000-000000000000",
			Timestamp: "2015-11-25T10:00:00Z",
			Locale:    "en-US",
			Intent: Intent{Name: "LastPostIntent", Slots: map[string]Slot{
				"Date": {Name: "Date", Value: "2015-W48", Values: []string{"2015-W48"}},
			}},
		},
	}, e)
}

func TestDecodesCapturedRequest(t *testing.T) {
	body, err := os.ReadFile("../../../shared/alexa/request-2019.json")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no captured request beside the checkout")
	}
	require.NoError(t, err)
	e, err := Decode(body)
	require.NoError(t, err)
	require.Equal(t, "LaunchRequest", e.Request.Type)
	require.EqualValues(t, "2019-07-15T22:44:23Z", e.Request.Timestamp)
	require.True(t, e.Session.New)
	require.Equal(t, "amzn1.ask.skill.c966b8cb-80bc-4482-8ddf-63af59ca07fc", e.Session.Application.ApplicationID)
	require.Equal(t, e.Session.Application, e.Context.System.Application)
	require.True(t, e.Context.System.Device.Supports("Geolocation"))
	require.False(t, e.Context.System.Device.Supports("AudioPlayer"))
}

// launch returns the smallest request, with additional JSON members in its request object.
func launch(members string) []byte {
	return []byte(`{"request":{"type":"LaunchRequest"` + members + `}}`)
}

func TestDecodeIsLenient(t *testing.T) {
	bare := &Envelope{Request: Request{Type: "T"}}
	for name, body := range map[string]string{
		"the smallest request":              `{"request":{"type":"T"}}`,
		"white space everywhere":            " {\t\"request\" :\r\n{ \"type\" : \"T\" } } \n",
		"unknown fields":                    `{"x":[1,-2.5e+3,{"y":[]},true,false,null,""],"request":{"new":{},"type":"T"}}`,
		"explicit nulls":                    `{"version":null,"session":null,"context":null,"request":{"type":"T","locale":null,"intent":null,"error":null}}`,
		"another type of session":           `{"session":"none","request":{"type":"T"}}`,
		"another type of context":           `{"context":[{"System":1}],"request":{"type":"T"}}`,
		"another type of text":              `{"version":1.0,"request":{"locale":["en-US"],"type":"T"}}`,
		"another type of intent":            `{"request":{"intent":"LastPostIntent","type":"T"}}`,
		"keys in another case":              `{"Version":"1.0","request":{"TYPE":"x","type":"T"}}`,
		"a repeated name in another object": `{"request":{"type":"T","request":{"type":{"type":1}}}}`,
		"escapes in keys and values":        `{"re\u0071uest":{"t\u0079pe":"\u0054"}}`,
		"null device and interfaces":        `{"context":{"System":{"device":{"supportedInterfaces":null}}},"request":{"type":"T"}}`,
		"values that are not objects":       `{"context":{"System":{"device":"d","application":1,"user":[]}},"request":{"error":"e","cause":null,"type":"T"}}`,
		"nested unknown fields":             `{"context":{"x":1,"System":{"x":1,"application":{"x":1},"user":{"x":1},"device":{"x":1}}},"request":{"error":{"x":1},"cause":{"x":1},"type":"T"}}`,
		"an empty object of slots":          `{"request":{"type":"T","intent":{"slots":{}}}}`,
		"sixty-four levels of nesting":      `{"x":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `,"request":{"type":"T"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Decode([]byte(body))
			require.NoError(t, err)
			require.Equal(t, bare, e)
		})
	}
}

func TestDecodeRefusesMalformedRequest(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":                      ``,
		"white space":                  ` `,
		"null":                         `null`,
		"an array":                     `[{"request":{"type":"T"}}]`,
		"a string":                     `"request"`,
		"no request":                   `{}`,
		"no request type":              `{"request":{}}`,
		"an empty request type":        `{"request":{"type":""}}`,
		"a null request type":          `{"request":{"type":null}}`,
		"a truncated list":             `{"request":{"type":"T","intent":{"slots":{"S":{"slotValue":{"values":[{}`,
		"another type of type":         `{"request":{"type":1}}`,
		"trailing data":                `{"request":{"type":"T"}}x`,
		"a second value":               `{"request":{"type":"T"}}{}`,
		"a trailing NUL":               `{"request":{"type":"T"}}` + "\x00",
		"a byte order mark":            "\uFEFF" + `{"request":{"type":"T"}}`,
		"an end too early":             `{"request":{"type":"T"}`,
		"an open string":               `{"request":{"type":"T}}`,
		"invalid UTF-8":                `{"request":{"type":"T` + "\xff" + `"}}`,
		"a surrogate in UTF-8":         `{"request":{"type":"T` + "\xed\xa0\x80" + `"}}`,
		"a control character":          `{"request":{"type":"T` + "\n" + `"}}`,
		"an unknown escape":            `{"request":{"type":"\x"}}`,
		"half an escape":               `{"request":{"type":"\u00g0"}}`,
		"a backslash at the end":       `{"request":{"type":"\`,
		"a trailing comma":             `{"request":{"type":"T"},}`,
		"a trailing comma in an array": `{"x":[1,],"request":{"type":"T"}}`,
		"a missing comma":              `{"x":1 "request":{"type":"T"}}`,
		"a missing colon":              `{"request"{"type":"T"}}`,
		"a key without quotes":         `{request:{"type":"T"}}`,
		"the wrong bracket":            `{"x":[1},"request":{"type":"T"}}`,
		"a word unknown to JSON":       `{"x":nul,"request":{"type":"T"}}`,
		"a leading zero":               `{"x":01,"request":{"type":"T"}}`,
		"a lone minus":                 `{"x":-,"request":{"type":"T"}}`,
		"a fraction of nothing":        `{"x":1.,"request":{"type":"T"}}`,
		"an exponent of nothing":       `{"x":1e,"request":{"type":"T"}}`,
		"a plus":                       `{"x":+1,"request":{"type":"T"}}`,
		"too deep":                     `{"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `,"request":{"type":"T"}}`,
		"a name twice":                 `{"version":"1.0","version":"1.0","request":{"type":"T"}}`,
		"a name twice, nested":         `{"request":{"type":"x","type":"T"}}`,
		"a name twice, escaped":        `{"request":{"type":"x","t\u0079pe":"T"}}`,
		"a name twice, skipped":        `{"x":[{"y":1,"z":2,"y":3}],"request":{"type":"T"}}`,
		"a name twice, in a slot":      `{"request":{"type":"T","intent":{"slots":{"S":{},"S":{}}}}}`,
		"a name twice, kept as is":     `{"session":{"attributes":{"a":{"b":1,"\u0062":2}}},"request":{"type":"T"}}`,
		"invalid UTF-8 in a name":      `{"request":{"type":"T","` + "\xff" + `":1}}`,
		"invalid UTF-8, skipped":       `{"x":["` + "\xc3\x28" + `"],"request":{"type":"T"}}`,
		"invalid UTF-8, kept as is":    `{"session":{"attributes":{"a":"` + "\xf8" + `"}},"request":{"type":"T"}}`,
		"half a surrogate pair":        `{"request":{"type":"T","locale":"\ud83d!"}}`,
		"far too deep":                 strings.Repeat(`{"request":`, 100000),
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Decode([]byte(body))
			require.ErrorIs(t, err, ErrMalformed)
			require.Nil(t, e)
		})
	}
}

func TestDecodeErrorDoesNotQuoteBody(t *testing.T) {
	_, err := Decode([]byte(`{"session":{"user":{"accessToken":"sesame"}},}`))
	require.EqualError(t, err, "alexa: malformed request: not valid JSON after byte 44")
}

func TestDecodesEscapes(t *testing.T) {
	e, err := Decode(launch(`,"locale":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00!"`))
	require.NoError(t, err)
	require.Equal(t, "a\"\\/\b\f\n\r\té😀!", e.Request.Locale)
}

func TestDecodesAmazonErrors(t *testing.T) {
	e, err := Decode(launch(`,"reason":"ERROR","error":{"type":"INVALID_RESPONSE","message":"too long"},"cause":{"requestId":"r1"}`))
	require.NoError(t, err)
	require.Equal(t, "ERROR", e.Request.Reason)
	require.Equal(t, Error{Type: "INVALID_RESPONSE", Message: "too long"}, e.Request.Error)
	require.Equal(t, Cause{RequestID: "r1"}, e.Request.Cause)
}

func TestDecodesBooleans(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "false": false, "null": false, `"true"`: false, "1": false} {
		e, err := Decode([]byte(`{"session":{"new":` + value + `},"request":{"type":"T"}}`))
		require.NoError(t, err)
		require.Equal(t, want, e.Session.New, value)
	}
}

func TestDecodeDoesNotRetainBody(t *testing.T) {
	body := []byte(`{"session":{"attributes":{"at":"post"}},"request":{"type":"T"}}`)
	e, err := Decode(body)
	require.NoError(t, err)
	clear(body)
	require.Equal(t, "T", e.Request.Type)
	require.JSONEq(t, `"post"`, string(e.Session.Attributes["at"]))
}

func TestDeviceSupports(t *testing.T) {
	e, err := Decode([]byte(`{"context":{"System":{"device":{"supportedInterfaces":{"A":{},"B":null}}}},"request":{"type":"T"}}`))
	require.NoError(t, err)
	device := e.Context.System.Device
	require.True(t, device.Supports("A"))
	require.True(t, device.Supports("B"))
	require.False(t, device.Supports("a"))
	require.False(t, Device{}.Supports("A"))
}

func TestIntentSlot(t *testing.T) {
	for name, tt := range map[string]struct{ slot, want string }{
		"a value":                          {`{"value":"v"}`, "v"},
		"a value before slotValue":         {`{"slotValue":{"type":"Simple","value":"w"},"value":"v"}`, "v"},
		"a simple slotValue":               {`{"slotValue":{"type":"Simple","value":"w"}}`, "w"},
		"the first value of a list":        {`{"slotValue":{"type":"List","values":[{"type":"Simple","value":"a"},{"value":"b"}]}}`, "a"},
		"the first filled value of a list": {`{"slotValue":{"type":"List","values":[{"type":"Simple"},null,{"value":"b"}]}}`, "b"},
		"an empty list":                    {`{"slotValue":{"type":"List","values":[]}}`, ""},
		"an empty value before a list":     {`{"value":"","slotValue":{"values":[{"value":"a"}]}}`, "a"},
		"a value that was not understood":  {`{"value":"?"}`, "?"},
		"unfilled":                         {`{"name":"S","confirmationStatus":"NONE"}`, ""},
		"null":                             {`null`, ""},
		"a value of another type":          {`{"value":3}`, ""},
		"slotValue of another type":        {`{"slotValue":"w"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Decode(launch(`,"intent":{"name":"I","slots":{"S":` + tt.slot + `}}`))
			require.NoError(t, err)
			require.Equal(t, tt.want, e.Request.Intent.Slot("S"))
			require.Empty(t, e.Request.Intent.Slot("s"), "slot names are case-sensitive")
		})
	}
	require.Empty(t, Intent{}.Slot("S"))
}

// depth returns how many levels deep a valid JSON text nests.
func depth(body []byte) (deepest int) {
	level, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == '{' || c == '['):
			level++
			deepest = max(deepest, level)
		case !inString && (c == '}' || c == ']'):
			level--
		}
	}
	return deepest
}

// requestType returns the request's type as encoding/json decodes it, except that keys are case-sensitive.
func requestType(body []byte) (kind string) {
	var top, request map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil || json.Unmarshal(top["request"], &request) != nil {
		return ""
	}
	if json.Unmarshal(request["type"], &kind) != nil {
		return ""
	}
	return kind
}

// unambiguous reports whether all parsers decode a valid JSON text to the same value. Such a text does not have
// repeated names. It also does not have escaped surrogates, because encoding/json replaces unpaired surrogates with
// U+FFFD.
func unambiguous(body []byte) bool {
	return !repeats(json.NewDecoder(bytes.NewReader(body))) && !bytes.Contains(bytes.ToLower(body), []byte(`\ud`))
}

func FuzzDecode(f *testing.F) {
	f.Add(sampleRequest())
	f.Add([]byte(`{"request":{"type":"T","intent":{"slots":{"S":{"slotValue":{"values":[{"value":"a"}]}}}}}}`))
	f.Add([]byte(`{"x":[1,-0.5e+3,true,false,null,"\u00e9\ud83d\ude00"],"request":{"type":"\u0054"}} `))
	f.Add([]byte(`{"x":{"y":1,"\u0079":2},"request":{"type":"T","type":"U"}}`))
	f.Add([]byte(`{"x":"\ud83d","request":{"type":"T"}}`))
	f.Add([]byte(`{"session":{"new":true,"attributes":{"a":[{}]}},"request":{"type":1}}`))
	f.Add([]byte(`{"context":{"AudioPlayer":{"token":"t","offsetInMilliseconds":9.5e3,"playerActivity":"PAUSED"}},"request":{"type":"T"}}`))
	f.Add([]byte(`{"request":{"type":"T","token":"t","offsetInMilliseconds":-1,"arguments":["a",1,-0.5e+3,null,[],{"a":1},99999999999999999999]}}`))
	f.Add([]byte(`{"request":{"type":"T","intent":{"slots":{"S":{"value":"v","resolutions":{"resolutionsPerAuthority":[{"values":[{"value":{"name":"A"}}],"status":{"code":"ER_SUCCESS_MATCH"}}]}}}}}}`))
	f.Add([]byte(`{"request":{"type":"T","intent":{"slots":{"S":{"slotValue":{"value":"v","resolutions":{"resolutionsPerAuthority":[{"status":{"code":"ER_SUCCESS_MATCH"},"values":[{"value":{"name":"A"}}]}]}}}}}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := Decode(body)
		if err == nil {
			require.True(t, json.Valid(body), "accepted JSON that encoding/json refuses")
			require.NotEmpty(t, e.Request.Type)
			checkAgainstReference(t, body, e)
			if again, _ := Decode(body); again != nil {
				require.Equal(t, e, again)
			}
			return
		}
		require.ErrorIs(t, err, ErrMalformed)
		require.Nil(t, e)
		if utf8.Valid(body) && json.Valid(body) && depth(body) <= maxDepth && unambiguous(body) {
			require.Empty(t, requestType(body), "refused a request: %v", err)
		}
	})
}
