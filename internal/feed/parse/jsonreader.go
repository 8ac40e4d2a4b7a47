package parse

import (
	"bufio"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"lastpost/internal/feed/decode"
)

// jsonReader reads a JSON document token by token and never holds an entire object or list. So skipped values of any
// length use no memory.
type jsonReader struct{ dec *jsontext.Decoder }

func newJSONReader(src *bufio.Reader) *jsonReader {
	options := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	return &jsonReader{jsontext.NewDecoder(decode.NewJSONSource(src), options...)}
}

// readObject calls field with each key of an object, and field reads the value. If the next value is not an object,
// readObject skips it and ok is false.
func (w *jsonReader) readObject(field func(key string) error) (ok bool, err error) {
	return w.readMembers(jsontext.BeginObject, jsontext.EndObject, func() error {
		key, err := w.dec.ReadToken()
		if err != nil {
			return err
		}
		return field(key.String())
	})
}

// For each element of a list, readList calls the function element, which reads it. If the next value is not a list,
// readList skips it and ok is false.
func (w *jsonReader) readList(element func() error) (ok bool, err error) {
	return w.readMembers(jsontext.BeginArray, jsontext.EndArray, element)
}

func (w *jsonReader) readMembers(begin, end jsontext.Token, member func() error) (ok bool, err error) {
	if w.dec.PeekKind() != begin.Kind() {
		return false, w.dec.SkipValue()
	}
	_, err = w.dec.ReadToken()
	for err == nil && w.dec.PeekKind() != end.Kind() {
		err = member()
	}
	if err == nil {
		_, err = w.dec.ReadToken()
	}
	return true, err
}

// readText reads a string or a number. Some publishers write numbers as IDs, which JSON Feed 1.1 allows for. It skips
// any other value and returns "".
func (w *jsonReader) readText() (string, error) {
	if kind := w.dec.PeekKind(); kind != '"' && kind != '0' {
		return "", w.dec.SkipValue()
	}
	token, err := w.dec.ReadToken()
	if err != nil {
		return "", err
	}
	return token.String(), nil
}

// readTexts reads an object and returns the text values of the given keys.
func (w *jsonReader) readTexts(keys ...string) (map[string]string, error) {
	found := map[string]string{}
	_, err := w.readObject(func(key string) error {
		text, err := w.readText()
		if slices.Contains(keys, key) {
			found[key] = text
		}
		return err
	})
	return found, err
}

// readAuthors reads an author, or a list of them. Each is an object with a name; some publishers write only the name.
func (w *jsonReader) readAuthors(authors *[]string) error {
	if w.dec.PeekKind() != '[' {
		return w.readAuthor(authors)
	}
	_, err := w.readList(func() error { return w.readAuthor(authors) })
	return err
}

func (w *jsonReader) readAuthor(authors *[]string) error {
	if w.dec.PeekKind() == '"' {
		name, err := w.readText()
		addAuthor(authors, name)
		return err
	}
	texts, err := w.readTexts("name")
	addAuthor(authors, texts["name"])
	return err
}
