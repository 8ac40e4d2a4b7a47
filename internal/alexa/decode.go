package alexa

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxDepth     = 64 // of a request's nesting; Amazon's own requests reach about a dozen levels
	maxArguments = 16 // of a touch event; the skill's screens send one or two
)

// ErrMalformed is wrapped by every error of [Decode].
var ErrMalformed = errors.New("alexa: malformed request")

// Decode parses a request. It ignores unknown fields, accepts unknown request types and nulls, and leaves fields of an
// unexpected JSON type zero. It returns an error that wraps [ErrMalformed] if the body is not one JSON object in UTF-8,
// repeats a name within an object, nests deeper than 64 levels, or lacks a request type. The error never quotes the
// body, because the body contains tokens.
//
// Names match case-sensitively. Decode refuses a repeated name because another reader of the body could use the other
// value.
//
// The Envelope does not share memory with the body.
func Decode(body []byte) (*Envelope, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return nil, fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	if isTooDeep(body) {
		return nil, fmt.Errorf("%w: not valid JSON of at most %d levels", ErrMalformed, maxDepth)
	}
	e := new(Envelope)
	err := json.Unmarshal(body, e, json.WithUnmarshalers(lenientUnmarshalers))
	switch syntax, _ := errors.AsType[*jsontext.SyntacticError](err); {
	case err != nil && !utf8.Valid(body):
		return nil, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	case syntax == nil && err != nil:
		return nil, fmt.Errorf("%w: not a request", ErrMalformed)
	case errors.Is(err, jsontext.ErrDuplicateName):
		return nil, fmt.Errorf("%w: duplicate name after byte %d", ErrMalformed, syntax.ByteOffset)
	case err != nil:
		return nil, fmt.Errorf("%w: not valid JSON after byte %d", ErrMalformed, syntax.ByteOffset)
	case e.Request.Type == "":
		return nil, fmt.Errorf("%w: no request type", ErrMalformed)
	}
	dropEmpty(&e.Request.Intent.Slots)
	dropEmpty(&e.Context.System.Device.SupportedInterfaces)
	if e.Session != nil {
		dropEmpty(&e.Session.Attributes)
	}
	return e, nil
}

func dropEmpty[V any](members *map[string]V) {
	if len(*members) == 0 {
		*members = nil
	}
}

// isTooDeep reports whether JSON nests deeper than maxDepth. It stops deeply nested JSON before the costly decoding.
func isTooDeep(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body) && depth <= maxDepth; i++ {
		switch c := body[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case !quoted && (c == '{' || c == '['):
			depth++
		case !quoted && (c == '}' || c == ']'):
			depth--
		}
	}
	return depth > maxDepth
}

// lenientUnmarshalers decode a request leniently. The first one skips a value of an unexpected type, for which the json
// package would refuse the whole request. All other values go to the next unmarshalers and to the json package.
var lenientUnmarshalers = json.JoinUnmarshalers(json.UnmarshalFromFunc(skipUnexpected),
	json.UnmarshalFromFunc(decodeMilliseconds), json.UnmarshalFromFunc(decodeArguments), json.UnmarshalFromFunc(decodeSlot))

func skipUnexpected(decoder *jsontext.Decoder, into any) error {
	expected := reflect.TypeOf(into).Elem()
	if expected.Kind() == reflect.Pointer {
		expected = expected.Elem()
	}
	fits, got := true, decoder.PeekKind()
	switch expected.Kind() {
	case reflect.String:
		fits = got == '"'
	case reflect.Bool:
		fits = got == 't' || got == 'f'
	case reflect.Int64:
		fits = got == '0'
	case reflect.Struct, reflect.Map:
		fits = got == '{'
	case reflect.Slice:
		fits = got == '[' || expected.Elem().Kind() == reflect.Uint8 // raw JSON may have any type
	}
	if fits {
		return errors.ErrUnsupported
	}
	return decoder.SkipValue()
}

// decodeMilliseconds decodes a number of milliseconds and drops its fraction. A number that is negative or too large
// for a Duration gives 0, so that no value overflows. A float64 is exact for every whole millisecond of a Duration.
func decodeMilliseconds(decoder *jsontext.Decoder, d *time.Duration) error {
	const maxMS = float64(math.MaxInt64 / time.Millisecond)
	number, err := decoder.ReadValue()
	if ms, parseErr := strconv.ParseFloat(string(number), 64); parseErr == nil && 0 <= ms && ms <= maxMS {
		*d = time.Duration(ms) * time.Millisecond
	}
	return err
}

// decodeArguments decodes the strings and numbers of an array.
func decodeArguments(decoder *jsontext.Decoder, all *[]string) error {
	var values []jsontext.Value
	err := json.UnmarshalDecode(decoder, &values)
	for _, value := range values {
		text, kind := []byte(value), value.Kind()
		if kind == '"' {
			text, _ = jsontext.AppendUnquote(nil, value) // the json package has validated it
		}
		if (kind == '"' || kind == '0') && len(*all) < maxArguments {
			*all = append(*all, string(text))
		}
	}
	return err
}

// decodeSlot decodes a slot. Most requests contain its value twice: in the slot and in slotValue.
func decodeSlot(decoder *jsontext.Decoder, s *Slot) error {
	var wire struct {
		Name string `json:"name"`
		slotValueJSON
		SlotValue slotValueJSON `json:"slotValue"`
	}
	err := json.UnmarshalDecode(decoder, &wire)
	s.Name, s.Value, s.Resolved = wire.Name, wire.Value, wire.resolvedNames()
	var newer []string
	if s.Values, newer = wire.SlotValue.allValues(); len(s.Resolved) == 0 {
		s.Resolved = newer
	}
	return err
}

// slotValueJSON is one value, or a list of values in a slotValue.
type slotValueJSON struct {
	Value       string          `json:"value"`
	Values      []slotValueJSON `json:"values"`
	Resolutions struct {
		// The values of the slot type, and the dynamic values set at run time.
		PerAuthority []struct {
			Status struct {
				Code string `json:"code"`
			} `json:"status"`
			Values []struct {
				Value struct {
					Name string `json:"name"`
				} `json:"value"`
			} `json:"values"`
		} `json:"resolutionsPerAuthority"`
	} `json:"resolutions"`
}

// resolvedNames returns the names to which the authorities resolved the value.
func (s *slotValueJSON) resolvedNames() (names []string) {
	for _, authority := range s.Resolutions.PerAuthority {
		for _, found := range authority.Values {
			if name := found.Value.Name; name != "" && authority.Status.Code == "ER_SUCCESS_MATCH" {
				names = append(names, name)
			}
		}
	}
	return names
}

// allValues returns the value or the list of values, and the names to which they resolve.
func (s *slotValueJSON) allValues() (values, resolved []string) {
	if s.Value != "" {
		values = []string{s.Value}
	}
	resolved = s.resolvedNames()
	for _, one := range s.Values {
		more, names := one.allValues()
		values, resolved = append(values, more...), append(resolved, names...)
	}
	return values, resolved
}
