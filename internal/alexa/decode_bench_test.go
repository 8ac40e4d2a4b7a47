package alexa

import (
	"encoding/json"
	"strings"
	"testing"
)

// sampleRequest returns an intent request of realistic length. The apiAccessToken and the description of the screen
// take most of this length.
func sampleRequest() []byte {
	id := strings.Repeat("ABCDEFGHIJ", 15)
	return []byte(`{"version":"1.0","session":{"new":false,` +
		`"sessionId":"amzn1.echo-api.session.00000000-0000-0000-0000-000000000000",` +
		`"application":{"applicationId":"amzn1.ask.skill.00000000-0000-0000-0000-000000000000"},` +
		`"attributes":{"v":1,"at":"https://blog.example/2015/11/25/post","list":[1,2,3]},` +
		`"user":{"userId":"amzn1.ask.account.` + id + `"}},` +
		`"context":{"Viewports":[{"type":"APL","id":"main","shape":"RECTANGLE","dpi":213,` +
		`"presentationType":"STANDARD","canRotate":false,"configuration":{"current":{"mode":"HUB",` +
		`"video":{"codecs":["H_264_42","H_264_41"]},"size":{"type":"DISCRETE","pixelWidth":1280,"pixelHeight":800}}}}],` +
		`"System":{"application":{"applicationId":"amzn1.ask.skill.00000000-0000-0000-0000-000000000000"},` +
		`"user":{"userId":"amzn1.ask.account.` + id + `"},"person":{"personId":"amzn1.ask.person.` + id + `"},` +
		`"device":{"deviceId":"amzn1.ask.device.` + id + `",` +
		`"supportedInterfaces":{"AudioPlayer":{},"Alexa.Presentation.APL":{"runtime":{"maxVersion":"2024.3"}}}},` +
		`"apiEndpoint":"https://api.amazonalexa.com","apiAccessToken":"` + strings.Repeat("eyJ0eXAi", 200) + `"}},` +
		`"request":{"type":"IntentRequest","requestId":"amzn1.echo-api.request.00000000-0000-0000-0000-000000000000",` +
		`"locale":"en-US","timestamp":"2015-11-25T10:00:00Z","dialogState":"STARTED",` +
		`"intent":{"name":"LastPostIntent","confirmationStatus":"NONE","slots":{"Date":{"name":"Date",` +
		`"value":"2015-W48","confirmationStatus":"NONE","source":"USER",` +
		`"slotValue":{"type":"Simple","value":"2015-W48"}}}}}}`)
}

func BenchmarkDecode(b *testing.B) {
	body := sampleRequest()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeValid measures how long encoding/json takes to validate the same body, as a baseline for
// BenchmarkDecode.
func BenchmarkDecodeValid(b *testing.B) {
	body := sampleRequest()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if !json.Valid(body) {
			b.Fatal("not valid")
		}
	}
}
