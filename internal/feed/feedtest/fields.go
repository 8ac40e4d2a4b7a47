package feedtest

import (
	"iter"
	"reflect"
	"time"
)

// Fields yields the fields of a struct, and of the structs in it, by name: "Title", "Audio.URL". The values can be set.
// Tests use it to check every field of a post, so that a new field cannot be forgotten.
func Fields(pointer any) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		yieldFields(reflect.ValueOf(pointer).Elem(), "", yield)
	}
}

func yieldFields(v reflect.Value, prefix string, yield func(string, reflect.Value) bool) bool {
	for field, value := range v.Fields() {
		var next bool
		switch {
		case field.Anonymous:
			next = yieldFields(value, prefix, yield)
		case value.Kind() == reflect.Struct && field.Type != reflect.TypeFor[time.Time]():
			next = yieldFields(value, prefix+field.Name+".", yield)
		default:
			next = yield(prefix+field.Name, value)
		}
		if !next {
			return false
		}
	}
	return true
}
