package alexatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// decodeStrictly decodes one JSON value. It refuses unknown fields, and data after the value.
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

// checkFieldNames returns an error for a field name in wrong upper or lower case. encoding/json accepts outputspeech
// for outputSpeech, but Alexa does not. checkFieldNames compares the names in raw with the correct names, which it gets
// by encoding the decoded value.
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

// findMisspelt returns the name of a field in given that does not exist in known, or "" if all exist.
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
