package rules

import (
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"
)

// A schema describes a JSON value. Its zero value accepts anything.
type schema struct {
	kind     string             // object, array, string, boolean or integer; "": any value
	fields   map[string]*schema // of an object; another key is unknown, unless values is set
	values   *schema            // of an object with free keys
	required []string
	least    int // keys, elements or characters
	most     int // the same; 0: no limit
	elements *schema
	enum     []string
	pattern  *regexp.Regexp
}

// check returns the violations of the value at a path.
func (s *schema) check(path string, value any) []Violation {
	if s == nil || s.kind == "" {
		return nil
	}
	if kind := kindOf(value); kind != s.kind {
		return []Violation{newViolation("INVALID_DATA_TYPE", path, value,
			"Instance of type %q at property path %q does not match any allowed primitive type (allowed: [%q]).", kind, path, s.kind).
			with("allowedDataTypes", []string{s.kind}).because("MALFORMED_INPUT")}
	}
	switch value := value.(type) {
	case map[string]any:
		return s.checkObject(path, value)
	case []any:
		return s.checkArray(path, value)
	case string:
		return s.checkText(path, value)
	}
	return nil
}

func (s *schema) checkObject(path string, object map[string]any) (found []Violation) {
	for _, key := range s.required {
		if _, has := object[key]; !has {
			found = append(found, newViolation("MISSING_REQUIRED_PROPERTY", path, object,
				"Object instance at property path %q has missing required property %q.", path, key).
				with("requiredProperty", key).because("MISSING_RESOURCE_PROPERTY"))
		}
	}
	if len(object) < s.least {
		found = append(found, newViolation("INVALID_NUMBER_OF_PROPERTIES", path, object,
			"Object instance at property path %q has %d properties, expected at least %d.", path, len(object), s.least).
			because("INVALID_NUMBER_OF_PROPERTIES"))
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		field, known := s.fields[key]
		if !known && s.values == nil {
			found = append(found, newViolation("UNEXPECTED_PROPERTY", path, object,
				"Property %q at property path %q is not defined in the schema.", key, path+"."+key).
				with("unexpectedProperty", key).because("UNEXPECTED_RESOURCE_PROPERTY"))
			continue
		}
		if !known {
			field = s.values
		}
		found = append(found, field.check(path+"."+key, object[key])...)
	}
	return found
}

func (s *schema) checkArray(path string, array []any) (found []Violation) {
	if n := len(array); n < s.least || s.most > 0 && n > s.most {
		found = append(found, newViolation("INVALID_ARRAY_SIZE", path, array,
			"Array instance at property path %q has %d items, expected between %d and %d.", path, n, s.least, s.most).
			with("actualNumberOfItems", n).with("maximumNumberOfItems", s.most).
			because("INVALID_NUMBER_OF_OCCURENCES")) //nolint:misspell // Amazon's spelling
	}
	for i, element := range array {
		found = append(found, s.elements.check(at(path, i), element)...)
	}
	return found
}

func (s *schema) checkText(path, text string) (found []Violation) {
	if n := utf8.RuneCountInString(text); n < s.least || s.most > 0 && n > s.most {
		found = append(found, newViolation("INVALID_STRING_LENGTH", path, text,
			"String instance at property path %q has a length of %d, expected between %d and %d.", path, n, s.least, s.most).
			with("actualStringLength", n).with("minimumStringLength", s.least).with("maximumStringLength", s.most).
			because("MALFORMED_INPUT"))
	}
	if len(s.enum) > 0 && !slices.Contains(s.enum, text) {
		found = append(found, newViolation("INVALID_ENUM_VALUE", path, text,
			"String instance with value %q at property path %q is not one of the allowed values: %q.", text, path, s.enum).
			because("MALFORMED_INPUT"))
	}
	if s.pattern != nil && !s.pattern.MatchString(text) {
		found = append(found, newViolation("INVALID_STRING_PATTERN", path, text,
			"String instance with value %q at property path %q does not match the regular expression: %q.", text, path, s.pattern).
			with("expectedRegexPattern", s.pattern.String()).because("MALFORMED_INPUT"))
	}
	return found
}
