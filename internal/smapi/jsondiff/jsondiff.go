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
func Compare(old, new []byte) ([]Change, error) {
	before, err := decode(old)
	if err != nil {
		return nil, fmt.Errorf("read the old document: %w", err)
	}
	after, err := decode(new)
	if err != nil {
		return nil, fmt.Errorf("read the new document: %w", err)
	}
	return compare(nil, "", before, after), nil
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
func compare(changes []Change, path string, old, new any) []Change {
	switch before := old.(type) {
	case map[string]any:
		if after, ok := new.(map[string]any); ok {
			return compareObjects(changes, path, before, after)
		}
	case []any:
		if after, ok := new.([]any); ok {
			return compareArrays(changes, path, before, after)
		}
	case json.Number:
		if after, ok := new.(json.Number); ok && equalNumbers(before, after) {
			return changes
		}
	default:
		if isScalar(new) && old == new {
			return changes
		}
	}
	return append(changes, Change{Path: path, Old: shorten(old), New: shorten(new)})
}

// isScalar reports whether == can compare a value.
func isScalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func compareObjects(changes []Change, path string, old, new map[string]any) []Change {
	names := slices.Collect(maps.Keys(old))
	for name := range new {
		if _, ok := old[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		before, inOld := old[name]
		after, inNew := new[name]
		at := join(path, name)
		switch {
		case !inOld:
			changes = append(changes, Change{Path: at, New: shorten(after)})
		case !inNew:
			changes = append(changes, Change{Path: at, Old: shorten(before)})
		default:
			changes = compare(changes, at, before, after)
		}
	}
	return changes
}

// compareArrays compares the elements between the equal elements at both ends. So one inserted element is one change.
func compareArrays(changes []Change, path string, old, new []any) []Change {
	first := 0
	for first < len(old) && first < len(new) && equal(old[first], new[first]) {
		first++
	}
	last := 0 // the number of equal elements at the end
	for last < len(old)-first && last < len(new)-first && equal(old[len(old)-1-last], new[len(new)-1-last]) {
		last++
	}
	before, after := old[first:len(old)-last], new[first:len(new)-last]
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

func equal(old, new any) bool { return len(compare(nil, "", old, new)) == 0 }

func equalNumbers(old, new json.Number) bool {
	if old == new {
		return true
	}
	before, err := old.Float64()
	if err != nil {
		return false
	}
	after, err := new.Float64()
	const exact = 1 << 53 // larger numbers lose digits as float64
	return err == nil && before == after && before > -exact && before < exact
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
