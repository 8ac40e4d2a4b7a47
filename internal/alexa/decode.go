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
	maxDepth     = 64 // of a request's nesting. Amazon's own requests reach a dozen levels.
	maxArguments = 16 // of a touch: what a screen of this skill sends is one or two
)

// ErrMalformed is wrapped by every error of [Decode].
var ErrMalformed = errors.New("alexa: malformed request")

// Decode reads a request. It is lenient about what it does not know: unknown fields and request types, nulls, and
// fields of another JSON type than expected, which are left zero. What is not one JSON object in UTF-8, has a name
// twice in an object, nests deeper than 64 levels, or has no request type gives an error that wraps [ErrMalformed]; it
// never quotes the body, which holds tokens.
//
// Keys match to the letter. A name that occurs twice is refused, because another reader of the same body could take the
// other value.
//
// The body is not kept: nothing in the Envelope shares its memory.
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

// isTooDeep reports whether JSON nests deeper than maxDepth.
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

// lenientUnmarshalers read a request leniently. The first one skips a value of another type than expected, where json would
// refuse the whole request; it leaves all others to those behind it, and to json.
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
		fits = got == '[' || expected.Elem().Kind() == reflect.Uint8 // raw JSON may be of any type
	}
	if fits {
		return errors.ErrUnsupported
	}
	return decoder.SkipValue()
}

// decodeMilliseconds reads a number of milliseconds, without its fraction. What is negative or no Duration gives 0: nothing
// comes near it, and no number may wrap into another. As far as a Duration goes a float64 has each whole millisecond.
func decodeMilliseconds(decoder *jsontext.Decoder, d *time.Duration) error {
	const most = float64(math.MaxInt64 / time.Millisecond)
	number, err := decoder.ReadValue()
	if ms, bad := strconv.ParseFloat(string(number), 64); bad == nil && 0 <= ms && ms <= most {
		*d = time.Duration(ms) * time.Millisecond
	}
	return err
}

// decodeArguments reads the strings and numbers of an array.
func decodeArguments(decoder *jsontext.Decoder, all *[]string) error {
	var values []jsontext.Value
	err := json.UnmarshalDecode(decoder, &values)
	for _, value := range values {
		text, kind := []byte(value), value.Kind()
		if kind == '"' {
			text, _ = jsontext.AppendUnquote(nil, value) // json has checked it
		}
		if (kind == '"' || kind == '0') && len(*all) < maxArguments {
			*all = append(*all, string(text))
		}
	}
	return err
}

// decodeSlot reads a slot, in which most requests have what was said twice.
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

// slotValueJSON is one value that was said, or as a slotValue also a list of them.
type slotValueJSON struct {
	Value       string          `json:"value"`
	Values      []slotValueJSON `json:"values"`
	Resolutions struct {
		// The slot type's own values, and those that were given it at run time.
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

// resolvedNames gives the names that the authorities have found.
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

// allValues gives what was said, one value or a list, and what that stands for.
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
