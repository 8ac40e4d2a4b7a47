package alexatest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
)

// ssmlText reads SSML as a foreign parser does: one <speak>, of words and of tags
// that every locale speaks. Its error is the first thing that Alexa would refuse.
func ssmlText(ssml string) (string, error) {
	if !strings.HasPrefix(ssml, "<speak>") || strings.Contains(ssml, "<!") || strings.Contains(ssml, "<?") {
		return "", errors.New("not in a plain <speak>")
	}
	var said strings.Builder
	decoder := xml.NewDecoder(strings.NewReader(ssml))
	for depth, ended := 0, false; ; {
		token, err := decoder.Token() // no token where there is an error
		switch {
		case errors.Is(err, io.EOF):
			return strings.Join(strings.Fields(said.String()), " "), nil
		case ended:
			return "", errors.New("something behind </speak>")
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth++; depth > 1 {
				err = checkTag(token)
			}
		case xml.EndElement:
			depth--
			ended = depth == 0
		case xml.CharData:
			said.Write(token)
		}
		if err != nil {
			return "", err
		}
	}
}

// allowedAttributes are what each tag must have first, and what else it may have.
func allowedAttributes() map[string][]string {
	return map[string][]string{
		"audio": {"src"}, "break": {"", "time", "strength"}, "lang": {"xml:lang"}, "p": {""}, "s": {""},
		"prosody": {"", "rate", "pitch", "volume"}, "say-as": {"interpret-as", "format"}, "sub": {"alias"}, "w": {"role"},
	}
}

// checkTag tells what is wrong with one.
func checkTag(start xml.StartElement) error {
	name := qualifiedName(start.Name)
	allowed, known := allowedAttributes()[name]
	if !known {
		return fmt.Errorf("a tag <%s>", name)
	}
	given := map[string]bool{"": true}
	for _, attribute := range start.Attr {
		key := qualifiedName(attribute.Name)
		if given[key] || !slices.Contains(allowed, key) || !isValidAttribute(key, attribute.Value) {
			return fmt.Errorf("<%s %s=%q>", name, key, attribute.Value)
		}
		given[key] = true
	}
	if !given[allowed[0]] {
		return fmt.Errorf("<%s> without %s", name, allowed[0])
	}
	return nil
}

// qualifiedName gives a name with its prefix, of which Alexa knows one: xml.
func qualifiedName(name xml.Name) string {
	switch name.Space {
	case "":
		return name.Local
	case "http://www.w3.org/XML/1998/namespace":
		return "xml:" + name.Local
	}
	return name.Space + ":" + name.Local
}

// isValidAttribute tells whether Alexa takes an attribute's value.
func isValidAttribute(key, value string) bool {
	switch key {
	case "time":
		pause, err := time.ParseDuration(value)
		unit := strings.TrimLeft(value, "0123456789.")
		return err == nil && (unit == "ms" || unit == "s") && pause <= 10*time.Second
	case "strength":
		return slices.Contains([]string{"none", "x-weak", "weak", "medium", "strong", "x-strong"}, value)
	case "src":
		return isSecureURL(value, 8000)
	case "xml:lang":
		return slices.Contains(strings.Fields("ar-SA de-DE en-AU en-CA en-GB en-IN en-US es-ES es-MX es-US "+
			"fr-CA fr-FR hi-IN it-IT ja-JP nl-NL pt-BR"), value)
	}
	return value != ""
}

// isUnspeakable tells whether a character has no place in what is said: it has no sound, and perhaps not even a width.
func isUnspeakable(r rune) bool {
	return !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
