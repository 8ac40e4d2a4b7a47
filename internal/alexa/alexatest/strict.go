package alexatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// decodeStrictly reads one JSON value into what must have a field for all of it.
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

// checkFieldNames gives an error where a field is not written to the letter: encoding/json takes outputspeech for outputSpeech,
// and Alexa does not. What was read, written again, has all the names that there are.
func checkFieldNames(raw []byte, read any) error {
	again, err := json.Marshal(read)
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

// findMisspelt gives the name of a field that is not among those known, or "".
func findMisspelt(given, known any) string {
	switch given := given.(type) {
	case map[string]any:
		fields, _ := known.(map[string]any)
		for name, value := range given {
			field, ok := fields[name]
			if !ok {
				return name
			}
			if name == "directives" { // each of which is read for itself
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
