package alexa

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A tree is a JSON value that encoding/json has decoded.
type tree struct{ value any }

// reference decodes a body with encoding/json, to compare the result with Decode.
func reference(t *testing.T, body []byte) (root tree) {
	t.Helper()
	require.False(t, repeats(json.NewDecoder(bytes.NewReader(body))), "accepted a name twice")
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&root.value))
	return root
}

// repeats reads one JSON value and reports whether an object in this value has the same name twice.
func repeats(decoder *json.Decoder) bool {
	token, err := decoder.Token()
	if delim, ok := token.(json.Delim); err != nil || !ok || delim == ']' || delim == '}' {
		return false
	}
	twice, seen := false, map[any]bool{}
	for decoder.More() {
		if token == json.Delim('{') {
			key, _ := decoder.Token()
			twice, seen[key] = twice || seen[key], true
		}
		twice = repeats(decoder) || twice
	}
	_, _ = decoder.Token()
	return twice
}

// at returns the value at a path of names.
func (t tree) at(path ...string) tree {
	for _, key := range path {
		object, _ := t.value.(map[string]any)
		t = tree{object[key]}
	}
	return t
}

func (t tree) text() string {
	text, _ := t.value.(string)
	return text
}

func (t tree) elements() (all []tree) {
	array, _ := t.value.([]any)
	for _, value := range array {
		all = append(all, tree{value})
	}
	return all
}

// offset returns a number of milliseconds, computed independently of Decode.
func (t tree) offset() time.Duration {
	number, _ := t.value.(json.Number)
	exact, _, err := big.ParseFloat(string(number), 10, 256, big.ToZero)
	if err != nil || exact.Sign() < 0 || exact.Cmp(big.NewFloat(9223372036854)) > 0 {
		return 0
	}
	ms, _ := exact.Int64()
	return time.Duration(ms) * time.Millisecond
}

func (t tree) arguments() (all []string) {
	for _, element := range t.elements() {
		switch value := element.value.(type) {
		case string:
			all = append(all, value)
		case json.Number:
			all = append(all, string(value))
		}
	}
	return all[:min(len(all), 16)]
}

// objects returns the elements of an array that are objects.
func (t tree) objects() (all []tree) {
	for _, element := range t.elements() {
		if _, ok := element.value.(map[string]any); ok {
			all = append(all, element)
		}
	}
	return all
}

// resolved returns the resolved names in a slot or in its slotValue.
func (t tree) resolved() (names []string) {
	for _, authority := range t.at("resolutions", "resolutionsPerAuthority").elements() {
		for _, match := range authority.at("values").elements() {
			name := match.at("value", "name").text()
			if name != "" && authority.at("status", "code").text() == "ER_SUCCESS_MATCH" {
				names = append(names, name)
			}
		}
	}
	return names
}

// checkAgainstReference requires that the result of Decode equals the tree of the same body.
func checkAgainstReference(t *testing.T, body []byte, e *Envelope) {
	t.Helper()
	root := reference(t, body)
	player, request := root.at("context", "AudioPlayer"), root.at("request")
	require.Equal(t, player.at("token").text(), e.Context.AudioPlayer.Token)
	require.Equal(t, player.at("playerActivity").text(), e.Context.AudioPlayer.Activity)
	checkOffset(t, player.at("offsetInMilliseconds"), e.Context.AudioPlayer.Offset)
	require.Equal(t, request.at("token").text(), e.Request.Token)
	checkOffset(t, request.at("offsetInMilliseconds"), e.Request.Offset)
	require.Equal(t, request.at("arguments").arguments(), e.Request.Arguments)
	require.Equal(t, request.at("error", "message").text(), e.Request.Error.Message)
	if text := request.at("timestamp").text(); text != "" {
		require.Equal(t, Timestamp(text), e.Request.Timestamp)
	}
	for i, one := range request.at("errors").objects()[:len(e.Request.Errors)] {
		require.Equal(t, one.at("reason").text(), e.Request.Errors[i].Reason)
	}
	for name, slot := range e.Request.Intent.Slots {
		want := request.at("intent", "slots", name)
		require.Equal(t, want.at("value").text(), slot.Value)
		if names := want.resolved(); len(names) > 0 {
			require.Equal(t, names, slot.Resolved)
		} else if newer := want.at("slotValue"); newer.at("values").value == nil {
			require.Equal(t, newer.resolved(), slot.Resolved)
		}
	}
}

// checkOffset requires the offset of the tree. It allows a rounding error of one millisecond, and any value at the end
// of the range.
func checkOffset(t *testing.T, number tree, got time.Duration) {
	t.Helper()
	require.GreaterOrEqual(t, got, time.Duration(0))
	if want := number.offset(); want < 9223372036853*time.Millisecond {
		require.InDelta(t, want, got, float64(time.Millisecond))
	}
}
