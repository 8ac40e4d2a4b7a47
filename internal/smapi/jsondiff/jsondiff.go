// Package jsondiff lists the differences between two JSON documents. It does not change documents.
package jsondiff

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Change is a difference between two documents. A value that is "" does not exist.
type Change struct {
	Path     string // such as manifest.publishingInformation.locales.en-US.name
	Old, New string // JSON, shortened
}

// Compare returns the differences between two JSON documents, sorted by path. Members in another order are equal. Numbers with
// the same text or the same value are equal.
func Compare(before, after []byte) ([]Change, error) {
	old, err := decode(before)
	if err != nil {
		return nil, fmt.Errorf("read the old document: %w", err)
	}
	current, err := decode(after)
	if err != nil {
		return nil, fmt.Errorf("read the new document: %w", err)
	}
	return compare(nil, "", old, current), nil
}

func decode(document []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber() // otherwise long numbers lose digits
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is data after the document")
	}
	return value, nil
}

// compare appends the differences between two values at a path.
func compare(changes []Change, path string, before, after any) []Change {
	switch old := before.(type) {
	case map[string]any:
		if current, ok := after.(map[string]any); ok {
			return compareObjects(changes, path, old, current)
		}
	case []any:
		if current, ok := after.([]any); ok {
			return compareArrays(changes, path, old, current)
		}
	}
	if equal(before, after) {
		return changes
	}
	return append(changes, Change{Path: path, Old: shorten(before), New: shorten(after)})
}

// equal reports whether two values are equal. It takes linear time, also for deep documents.
func equal(before, after any) bool {
	switch old := before.(type) {
	case map[string]any:
		current, ok := after.(map[string]any)
		return ok && maps.EqualFunc(old, current, equal)
	case []any:
		current, ok := after.([]any)
		return ok && slices.EqualFunc(old, current, equal)
	case json.Number:
		current, ok := after.(json.Number)
		return ok && equalNumbers(old, current)
	}
	switch after.(type) {
	case map[string]any, []any: // == would panic
		return false
	}
	return before == after
}

func compareObjects(changes []Change, path string, before, after map[string]any) []Change {
	names := slices.Collect(maps.Keys(before))
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		old, existed := before[name]
		current, exists := after[name]
		at := join(path, name)
		switch {
		case !existed:
			changes = append(changes, Change{Path: at, New: shorten(current)})
		case !exists:
			changes = append(changes, Change{Path: at, Old: shorten(old)})
		default:
			changes = compare(changes, at, old, current)
		}
	}
	return changes
}

// compareArrays compares the elements between the equal elements at both ends. So one inserted element is one change.
func compareArrays(changes []Change, path string, before, after []any) []Change {
	first := 0
	for first < len(before) && first < len(after) && equal(before[first], after[first]) {
		first++
	}
	last := 0 // the number of equal elements at the end
	for last < min(len(before), len(after))-first && equal(before[len(before)-1-last], after[len(after)-1-last]) {
		last++
	}
	before, after = before[first:len(before)-last], after[first:len(after)-last]
	for i := range max(len(before), len(after)) {
		at := path + "[" + strconv.Itoa(first+i) + "]"
		switch {
		case i >= len(before):
			changes = append(changes, Change{Path: at, New: shorten(after[i])})
		case i >= len(after):
			changes = append(changes, Change{Path: at, Old: shorten(before[i])})
		default:
			changes = compare(changes, at, before[i], after[i])
		}
	}
	return changes
}

func equalNumbers(before, after json.Number) bool {
	if before == after {
		return true
	}
	old, err := before.Float64()
	if err != nil {
		return false
	}
	current, err := after.Float64()
	const exact = 1 << 53 // larger numbers lose digits as float64
	return err == nil && old == current && old > -exact && old < exact
}

// join appends a name to a path. A name with other characters than those of names and locales is quoted.
func join(path, name string) string {
	plain := name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
	switch {
	case !plain:
		return path + "[" + strconv.Quote(name) + "]"
	case path == "":
		return name
	}
	return path + "." + name
}

// maxValue limits the length of a value, in bytes.
const maxValue = 80

// shorten returns a value as JSON on one line. It cuts a long value.
func shorten(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil { // decoded JSON always encodes
		return "(" + err.Error() + ")"
	}
	text := strings.TrimSpace(out.String())
	if len(text) <= maxValue {
		return text
	}
	cut := maxValue
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
