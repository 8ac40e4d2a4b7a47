package present

import (
	"encoding/json"
	"encoding/xml"
	"strings"
)

// Spoken returns the text that Alexa says for a response, without tags, or "" if the response is silent.
func Spoken(response []byte) string {
	var read struct {
		Response struct{ OutputSpeech speech }
	}
	_ = json.Unmarshal(response, &read) // invalid JSON says nothing
	return read.Response.OutputSpeech.words()
}

// Reprompt returns the text that Alexa says if the listener stays silent.
func Reprompt(response []byte) string {
	var read struct {
		Response struct{ Reprompt struct{ OutputSpeech speech } }
	}
	_ = json.Unmarshal(response, &read)
	return read.Response.Reprompt.OutputSpeech.words()
}

// A speech is an outputSpeech of a response.
type speech struct{ SSML, Text string }

// words returns the text without tags. Text between tags that separate sentences stays separated.
func (s speech) words() string {
	if s.SSML == "" {
		return joinWords(s.Text)
	}
	var out strings.Builder
	decoder := xml.NewDecoder(strings.NewReader(s.SSML))
	decoder.Strict, decoder.Entity = false, xml.HTMLEntity
	for substituted := 0; ; {
		token, err := decoder.Token()
		if err != nil { // the end, or invalid SSML: then the words so far
			return joinWords(out.String())
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "p", "s", "break", "audio":
				out.WriteByte(' ')
			case "sub":
				substituted++
				for _, attribute := range token.Attr {
					if attribute.Name.Local == "alias" {
						out.WriteString(attribute.Value)
					}
				}
			}
		case xml.EndElement:
			switch token.Name.Local {
			case "p", "s":
				out.WriteByte(' ')
			case "sub":
				substituted = max(0, substituted-1)
			}
		case xml.CharData:
			if substituted == 0 {
				out.Write(token)
			}
		}
	}
}

func joinWords(text string) string { return strings.Join(strings.Fields(text), " ") }
