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

// ssmlText parses SSML with encoding/xml and returns its words. It accepts one <speak> element with words and the tags
// that every locale supports. The error describes the first fault that Alexa would refuse.
func ssmlText(ssml string) (string, error) {
	if !strings.HasPrefix(ssml, "<speak>") || strings.Contains(ssml, "<!") || strings.Contains(ssml, "<?") {
		return "", errors.New("not a plain <speak> element")
	}
	var text strings.Builder
	var open []string // names of the open tags
	decoder := xml.NewDecoder(strings.NewReader(ssml))
	for ended := false; ; {
		token, err := decoder.Token() // token is nil on an error
		switch {
		case errors.Is(err, io.EOF):
			return strings.Join(strings.Fields(text.String()), " "), nil
		case ended:
			return "", errors.New("content after </speak>")
		}
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) > 0 {
				err = errors.Join(checkTag(token), checkNesting(open[len(open)-1], token))
			}
			open = append(open, qualifiedName(token.Name))
		case xml.EndElement:
			open = open[:len(open)-1]
			ended = len(open) == 0
		case xml.CharData:
			text.Write(token)
		}
		if err != nil {
			return "", err
		}
	}
}

// allowedAttributes returns the attributes of each tag. The first attribute is required, and the others are optional. A
// tag whose first attribute is "" does not have a required one.
func allowedAttributes() map[string][]string {
	return map[string][]string{
		"audio": {"src"}, "break": {"", "time", "strength"}, "lang": {"xml:lang"}, "p": {""}, "s": {""},
		"prosody": {"", "rate", "pitch", "volume"}, "say-as": {"interpret-as", "format"}, "sub": {"alias"}, "w": {"role"},
		"phoneme": {"ph", "alphabet"},
	}
}

// checkNesting returns an error for a tag within a tag that replaces a text: such a tag may contain only words.
func checkNesting(outer string, start xml.StartElement) error {
	if slices.Contains([]string{"sub", "phoneme", "say-as", "w"}, outer) {
		return fmt.Errorf("<%s> within <%s>", qualifiedName(start.Name), outer)
	}
	return nil
}

// checkTag returns an error for a tag that Alexa refuses.
func checkTag(start xml.StartElement) error {
	name := qualifiedName(start.Name)
	allowed, known := allowedAttributes()[name]
	if !known {
		return fmt.Errorf("unknown tag <%s>", name)
	}
	given := map[string]bool{"": true}
	for _, attribute := range start.Attr {
		key := qualifiedName(attribute.Name)
		if given[key] || !slices.Contains(allowed, key) || !isValidAttribute(key, attribute.Value) {
			return fmt.Errorf("invalid attribute: <%s %s=%q>", name, key, attribute.Value)
		}
		given[key] = true
	}
	if !given[allowed[0]] {
		return fmt.Errorf("<%s> without %s", name, allowed[0])
	}
	return nil
}

// qualifiedName returns a name with its prefix. Alexa accepts only the prefix xml.
func qualifiedName(name xml.Name) string {
	switch name.Space {
	case "":
		return name.Local
	case "http://www.w3.org/XML/1998/namespace":
		return "xml:" + name.Local
	}
	return name.Space + ":" + name.Local
}

// isValidAttribute reports whether Alexa accepts an attribute's value.
func isValidAttribute(key, value string) bool {
	switch key {
	case "time":
		pause, err := time.ParseDuration(value)
		unit := strings.TrimLeft(value, "0123456789.")
		return err == nil && (unit == "ms" || unit == "s") && pause <= 10*time.Second
	case "alphabet":
		return value == "ipa" || value == "x-sampa"
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

// isUnspeakable reports whether a character cannot be spoken, such as a control or zero-width character.
func isUnspeakable(r rune) bool {
	return !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
