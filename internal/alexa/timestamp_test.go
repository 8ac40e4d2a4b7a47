package alexa

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDecodesTimestamps(t *testing.T) {
	for _, row := range []struct {
		claim, json string
		want        Timestamp
	}{
		{"ISO 8601", `"2026-03-14T15:09:26Z"`, "2026-03-14T15:09:26Z"},
		{"any other text stays as it is, for the check", `"yesterday"`, "yesterday"},
		{"digits in a text are not a number", `"1773500966000"`, "1773500966000"},
		{"milliseconds", `1773500966000`, "2026-03-14T15:09:26Z"},
		{"milliseconds with a part of a second", `1773500966535`, "2026-03-14T15:09:26.535Z"},
		{"zero", `0`, "1970-01-01T00:00:00Z"},
		{"the last millisecond of the year 9999", `253402300799999`, "9999-12-31T23:59:59.999Z"},
		{"one more", `253402300800000`, "253402300800000"},
		{"the largest integer", `9223372036854775807`, "9223372036854775807"},
		{"one more than the largest integer", `9223372036854775808`, "9223372036854775808"},
		{"negative", `-1`, "-1"},
		{"negative zero", `-0`, "-0"},
		{"with a fraction", `1773500966000.0`, "1773500966000.0"},
		{"with an exponent", `1773500966e3`, "1773500966e3"},
		{"with 50,000 digits", strings.Repeat("9", 50_000), Timestamp(strings.Repeat("9", 32))},
		{"null", `null`, ""},
		{"an object", `{"time":1}`, ""},
		{"an array", `[1773500966000]`, ""},
		{"a boolean", `true`, ""},
	} {
		t.Run(row.claim, func(t *testing.T) {
			e, err := Decode([]byte(`{"request":{"type":"T","timestamp":` + row.json + `,"requestId":"r1"}}`))
			require.NoError(t, err)
			require.Equal(t, row.want, e.Request.Timestamp)
			require.Equal(t, "r1", e.Request.RequestID, "decoding goes on after the timestamp")
		})
	}
}

func TestDecodesScreenErrors(t *testing.T) {
	e, err := Decode([]byte(`{"request":{"type":"Alexa.Presentation.APL.RuntimeError","token":"s","errors":[
		{"type":"LIST_ERROR","reason":"INVALID_OPERATION","listId":"l","listVersion":3,"message":"no such list"},
		{"type":7,"reason":null},"text",null,{"message":"only a message"}]}}`))
	require.NoError(t, err)
	require.Equal(t, []RuntimeError{{"LIST_ERROR", "INVALID_OPERATION", "no such list"}, {}, {Message: "only a message"}}, e.Request.Errors)

	e, err = Decode([]byte(`{"request":{"type":"T","errors":[` + strings.Repeat(`{"type":"T"},`, 2000) + `{}]}}`))
	require.NoError(t, err)
	require.Len(t, e.Request.Errors, maxErrors)
	for _, other := range []string{`null`, `{}`, `"text"`, `[]`, `[[]]`, `7`} {
		e, err = Decode([]byte(`{"request":{"type":"T","errors":` + other + `}}`))
		require.NoError(t, err)
		require.Empty(t, e.Request.Errors, other)
	}
}

// FuzzTimestamp decodes JSON values as timestamps. A number becomes a time only if it is a whole number of milliseconds, and
// then this very time.
func FuzzTimestamp(f *testing.F) {
	for _, seed := range []string{`1773500966000`, `"2026-03-14T15:09:26Z"`, `-1`, `1.5e12`, `253402300800000`, `99999999999999999999`, `0`, `[1]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		body := []byte(`{"request":{"type":"T","timestamp":` + value + `}}`)
		e, err := Decode(body)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		number, ok := reference(t, body).at("request", "timestamp").value.(json.Number)
		sent, parseErr := time.Parse(time.RFC3339, string(e.Request.Timestamp))
		if !ok || parseErr != nil {
			return
		}
		exact, _, err := big.ParseFloat(string(number), 10, 256, big.ToZero)
		require.NoError(t, err)
		want, accuracy := exact.Int64()
		require.Equal(t, big.Exact, accuracy)
		require.Equal(t, want, sent.UnixMilli())
	})
}
