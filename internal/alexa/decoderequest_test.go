package alexa

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDecodesPlayback(t *testing.T) {
	e, err := Decode([]byte(`{"context":{"AudioPlayer":{"token":"post-1","offsetInMilliseconds":90001,"playerActivity":"PAUSED","x":[1]}},"request":{"type":"T"}}`))
	require.NoError(t, err)
	require.Equal(t, Playback{Token: "post-1", Offset: 90*time.Second + time.Millisecond, Activity: "PAUSED"}, e.Context.AudioPlayer)

	for name, playback := range map[string]string{
		"null": `null`, "another type": `"PLAYING"`, "nothing": `{}`, "members of other types": `{"token":1,"offsetInMilliseconds":"1","playerActivity":[]}`,
	} {
		e, err := Decode([]byte(`{"context":{"AudioPlayer":` + playback + `},"request":{"type":"T"}}`))
		require.NoError(t, err, name)
		require.Zero(t, e.Context.AudioPlayer, name)
	}
}

func TestDecodesPlaybackFailure(t *testing.T) {
	e, err := Decode([]byte(`{"request":{"type":"AudioPlayer.PlaybackFailed","token":"post-1","error":{"type":"MEDIA_ERROR_INTERNAL_DEVICE_ERROR",` +
		`"message":"gone"},"currentPlaybackState":{"token":"other","offsetInMilliseconds":1,"playerActivity":"PLAYING"}}}`))
	require.NoError(t, err)
	require.Equal(t, Request{
		Type: "AudioPlayer.PlaybackFailed", Token: "post-1", Error: Error{Type: "MEDIA_ERROR_INTERNAL_DEVICE_ERROR", Message: "gone"},
	}, e.Request)
}

func TestDecodesOffsets(t *testing.T) {
	for number, want := range map[string]time.Duration{
		"0":                             0,
		"1500":                          1500 * time.Millisecond,
		"1500.999":                      1500 * time.Millisecond,
		"1.5e3":                         1500 * time.Millisecond,
		"15E-1":                         time.Millisecond,
		"0.4":                           0,
		"-0":                            0,
		"-1":                            0,
		"-0.5":                          0,
		"-1e400":                        0,
		"9223372036854":                 9223372036854 * time.Millisecond, // the largest Duration in whole milliseconds
		"9223372036855":                 0,
		"9223372036854775807":           0,
		"9223372036854775808":           0,
		"-9223372036854775809":          0,
		"18446744073709551617":          0,
		"1e400":                         0,
		"1e-400":                        0,
		"9" + strings.Repeat("0", 5000): 0,
		`"1500"`:                        0,
		"null":                          0,
		"[1500]":                        0,
		"true":                          0,
	} {
		e, err := Decode(launch(`,"offsetInMilliseconds":` + number))
		require.NoError(t, err, number)
		require.Equal(t, want, e.Request.Offset, number)
	}
	for _, number := range []string{"-", "01", "1.", "+1", "NaN", "Infinity", "0x10", "1_000", "1e"} {
		_, err := Decode(launch(`,"offsetInMilliseconds":` + number))
		require.ErrorIs(t, err, ErrMalformed, number)
	}
}

func TestDecodesArguments(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`"a",`, 17), ",")
	for name, tt := range map[string]struct {
		arguments string
		want      []string
	}{
		"strings":                            {`["choose","b\u00e9"]`, []string{"choose", "bé"}},
		"numbers as they are written":        {`[1, -2.50,1e3 ,99999999999999999999]`, []string{"1", "-2.50", "1e3", "99999999999999999999"}},
		"an empty string counts":             {`["",1]`, []string{"", "1"}},
		"values of other types are left out": {`[null,true,{"a":["b"]},["c"],"d"]`, []string{"d"}},
		"at most sixteen are decoded":        {`[` + many + `]`, strings.Split(strings.Repeat("a ", 15)+"a", " ")},
		"values of other types do not count": {`[null,` + many + `]`, strings.Split(strings.Repeat("a ", 15)+"a", " ")},
		"none":                               {`[]`, nil},
		"null":                               {`null`, nil},
		"no array":                           {`"choose"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Decode(launch(`,"token":"list","arguments":` + tt.arguments))
			require.NoError(t, err)
			require.Equal(t, tt.want, e.Request.Arguments)
			require.Equal(t, "list", e.Request.Token)
		})
	}
	for _, arguments := range []string{`[1,]`, `[-]`, `[01]`, `["a"`} {
		_, err := Decode(launch(`,"arguments":` + arguments))
		require.ErrorIs(t, err, ErrMalformed, arguments)
	}
}

func TestIntentCanonical(t *testing.T) {
	const match, miss = `"status":{"code":"ER_SUCCESS_MATCH"}`, `"status":{"code":"ER_SUCCESS_NO_MATCH"}`
	for name, tt := range map[string]struct {
		slot, want string
		resolved   []string
	}{
		"a match":                            {`{"value":"tips","resolutions":{"resolutionsPerAuthority":[{"authority":"a",` + match + `,"values":[{"value":{"name":"Tips & Tricks","id":"1"}}]}]}}`, "Tips & Tricks", []string{"Tips & Tricks"}},
		"several matches, most likely first": {`{"value":"t","resolutions":{"resolutionsPerAuthority":[{` + match + `,"values":[{"value":{"name":"A"}},{"value":{"name":"B"}}]},{` + match + `,"values":[{"value":{"name":"C"}}]}]}}`, "A", []string{"A", "B", "C"}},
		"a status after the values":          {`{"resolutions":{"resolutionsPerAuthority":[{"values":[{"value":{"name":"A"}}],` + match + `}]}}`, "A", []string{"A"}},
		"the authority with a match":         {`{"value":"t","resolutions":{"resolutionsPerAuthority":[{` + miss + `,"values":[{"value":{"name":"A"}}]},{` + match + `,"values":[{"value":{"name":"B"}}]}]}}`, "B", []string{"B"}},
		"no match":                           {`{"value":"t","resolutions":{"resolutionsPerAuthority":[{` + miss + `}]}}`, "t", nil},
		"no status":                          {`{"value":"t","resolutions":{"resolutionsPerAuthority":[{"values":[{"value":{"name":"A"}}]}]}}`, "t", nil},
		"a slotValue":                        {`{"slotValue":{"type":"Simple","value":"t","resolutions":{"resolutionsPerAuthority":[{` + match + `,"values":[{"value":{"name":"A"}}]}]}}}`, "A", []string{"A"}},
		"a slotValue with a list":            {`{"slotValue":{"type":"List","values":[{"value":"t"},{"value":"u","resolutions":{"resolutionsPerAuthority":[{` + match + `,"values":[{"value":{"name":"A"}}]}]}}]}}`, "A", []string{"A"}},
		"both fields, each name once":        {`{"slotValue":{"value":"t","resolutions":{"resolutionsPerAuthority":[{` + match + `,"values":[{"value":{"name":"A"}}]}]}},"resolutions":{"resolutionsPerAuthority":[{` + match + `,"values":[{"value":{"name":"A"}}]}]},"value":"t"}`, "A", []string{"A"}},
		"invalid names":                      {`{"value":"t","resolutions":{"resolutionsPerAuthority":[{` + match + `,"values":[null,{},{"value":null},{"value":{"name":""}},{"value":{"name":1}},{"value":"A"}]}]}}`, "t", nil},
		"invalid authorities":                {`{"value":"t","resolutions":{"resolutionsPerAuthority":[null,1,{"status":"ER_SUCCESS_MATCH","values":{}}]}}`, "t", nil},
		"invalid resolutions":                {`{"value":"t","resolutions":[]}`, "t", nil},
		"an unresolved value of a list":      {`{"slotValue":{"values":[{"value":"u"}]}}`, "u", nil},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Decode(launch(`,"intent":{"name":"I","slots":{"S":` + tt.slot + `}}`))
			require.NoError(t, err)
			require.Equal(t, tt.want, e.Request.Intent.Canonical("S"))
			require.Equal(t, tt.resolved, e.Request.Intent.Slots["S"].Resolved)
		})
	}
	require.Empty(t, Intent{}.Canonical("S"))
}
