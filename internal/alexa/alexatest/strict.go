package alexatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// decodeStrictly decodes one JSON value and refuses unknown fields and further values.
func decodeStrictly(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("json: more than one value")
	}
	return checkFieldNames(raw, into)
}

// checkFieldNames returns an error for a field name with wrong capitals. encoding/json accepts outputspeech for
// outputSpeech, but Alexa does not. It encodes the decoded value again, which has all the correct names.
func checkFieldNames(raw []byte, decoded any) error {
	again, err := json.Marshal(decoded)
	if err != nil {
		return err
	}
	var given, known any
	if err := errors.Join(json.Unmarshal(raw, &given), json.Unmarshal(again, &known)); err != nil {
		return err
	}
	if name := findMisspelt(given, known); name != "" {
		return fmt.Errorf("json: misspelt field %q", name)
	}
	return nil
}

// findMisspelt returns the name of a field that is not among the known ones, or "".
func findMisspelt(given, known any) string {
	switch given := given.(type) {
	case map[string]any:
		fields, _ := known.(map[string]any)
		for name, value := range given {
			field, ok := fields[name]
			if !ok {
				return name
			}
			if name == "directives" { // each directive is decoded separately
				continue
			}
			if name := findMisspelt(value, field); name != "" {
				return name
			}
		}
	case []any:
		elements, _ := known.([]any)
		for i := range min(len(given), len(elements)) {
			if name := findMisspelt(given[i], elements[i]); name != "" {
				return name
			}
		}
	}
	return ""
}
