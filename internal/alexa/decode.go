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
	maxDepth     = 64 // levels of nesting in a request; Amazon's requests have about a dozen
	maxArguments = 16 // arguments of a touch event; the skill's screens send at most two
	maxErrors    = 8  // errors of a screen
)

// ErrMalformed is wrapped by every error of [Decode].
var ErrMalformed = errors.New("alexa: malformed request")

// Decode parses a request. It ignores unknown fields, accepts unknown request types and nulls, and leaves fields of an
// unexpected JSON type zero. It returns an error that wraps [ErrMalformed] if the body is not one JSON object in UTF-8,
// repeats a name within an object, nests deeper than 64 levels, or does not have a request type. The error never quotes
// the body, because the body contains tokens.
//
// Names match case-sensitively. Decode refuses a repeated name, because another parser of the body could use the other
// value and see another request.
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

// lenientUnmarshalers decode a request leniently. The json package refuses a whole request if one value has an
// unexpected type. So skipUnexpected skips such a value, and passes all other values to the next unmarshalers and the
// json package.
var lenientUnmarshalers = json.JoinUnmarshalers(json.UnmarshalFromFunc(decodeTimestamp),
	json.UnmarshalFromFunc(skipUnexpected), json.UnmarshalFromFunc(decodeMilliseconds), json.UnmarshalFromFunc(decodeArguments),
	json.UnmarshalFromFunc(decodeErrors), json.UnmarshalFromFunc(decodeSlot))

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

// decodeTimestamp decodes a number of milliseconds since 1970, until the year 9999. Other numbers keep the beginning of
// their spelling. It leaves values of other types to the next unmarshalers.
func decodeTimestamp(decoder *jsontext.Decoder, timestamp *Timestamp) error {
	const maxMS, maxDigits = 253402300799999, 32
	if decoder.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	number, err := decoder.ReadValue()
	text := string(number[:min(len(number), maxDigits)])
	*timestamp = Timestamp(text)
	// ParseUint refuses signs, fractions and exponents.
	if ms, parseErr := strconv.ParseUint(text, 10, 64); parseErr == nil && ms <= maxMS {
		*timestamp = Timestamp(time.UnixMilli(int64(ms)).UTC().Format(time.RFC3339Nano))
	}
	return err
}

// decodeErrors decodes the objects of an array. It leaves out values of other types, and all values after the first
// maxErrors.
func decodeErrors(decoder *jsontext.Decoder, into *[]RuntimeError) error {
	var values []jsontext.Value
	err := json.UnmarshalDecode(decoder, &values)
	for _, value := range values {
		if value.Kind() == '{' && len(*into) < maxErrors {
			var one RuntimeError
			_ = json.Unmarshal(value, &one, json.WithUnmarshalers(json.UnmarshalFromFunc(skipUnexpected)))
			*into = append(*into, one)
		}
	}
	return err
}

// decodeMilliseconds decodes a number of milliseconds and drops its fraction. A number that is negative or too large
// for a Duration becomes 0, so that the result cannot overflow. A float64 is exact for every whole millisecond of a
// Duration.
func decodeMilliseconds(decoder *jsontext.Decoder, d *time.Duration) error {
	const maxMS = float64(math.MaxInt64 / time.Millisecond)
	number, err := decoder.ReadValue()
	if ms, parseErr := strconv.ParseFloat(string(number), 64); parseErr == nil && 0 <= ms && ms <= maxMS {
		*d = time.Duration(ms) * time.Millisecond
	}
	return err
}

// decodeArguments decodes the strings and numbers of an array. It leaves out values of other types, and all values
// after the first maxArguments.
func decodeArguments(decoder *jsontext.Decoder, arguments *[]string) error {
	var values []jsontext.Value
	err := json.UnmarshalDecode(decoder, &values)
	for _, value := range values {
		text, kind := []byte(value), value.Kind()
		if kind == '"' {
			text, _ = jsontext.AppendUnquote(nil, value) // the json package has validated it
		}
		if (kind == '"' || kind == '0') && len(*arguments) < maxArguments {
			*arguments = append(*arguments, string(text))
		}
	}
	return err
}

// decodeSlot decodes a slot. Most requests contain the slot's value twice: in the fields value and slotValue.
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

// slotValueJSON is the field slotValue: one value or a list of values.
type slotValueJSON struct {
	Value       string          `json:"value"`
	Values      []slotValueJSON `json:"values"`
	Resolutions struct {
		// Each authority is a set of values: the values of the slot type, or the dynamic values that a skill sets at
		// run time.
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

// allValues returns the single value or the list of values, and the names to which the values resolve.
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
