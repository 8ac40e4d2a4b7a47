package alexa

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

func encode(t *testing.T, r *Response) string {
	t.Helper()
	out, err := Encode(r)
	require.NoError(t, err)
	require.Less(t, len(out), maxResponse)
	return string(out)
}

func TestEncode(t *testing.T) {
	no, yes := false, true
	paused := Speech{}
	paused.Pause(time.Second)
	const bare = `{"version":"1.0","response":{}}`
	for name, tt := range map[string]struct {
		response *Response
		want     string
	}{
		"nothing":                            {&Response{}, bare},
		"nil":                                {nil, bare},
		"empty parts":                        {&Response{Attributes: map[string]any{}, Speech: paused, Reprompt: Say(" "), Card: &Card{Title: " \x00"}}, bare},
		"speech":                             {&Response{Speech: Say("R&D <1>")}, `{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>R&amp;D &lt;1&gt;</speak>"}}}`},
		"reprompt":                           {&Response{Reprompt: Say("Well?")}, `{"version":"1.0","response":{"reprompt":{"outputSpeech":{"type":"SSML","ssml":"<speak>Well?</speak>"}}}}`},
		"attributes":                         {&Response{Attributes: map[string]any{"v": 1, "at": "<a>"}}, `{"version":"1.0","sessionAttributes":{"at":"<a>","v":1},"response":{}}`},
		"the session ends":                   {&Response{ShouldEndSession: &yes}, `{"version":"1.0","response":{"shouldEndSession":true}}`},
		"the session stays open":             {&Response{ShouldEndSession: &no}, `{"version":"1.0","response":{"shouldEndSession":false}}`},
		"a simple card":                      {&Response{Card: &Card{Title: "T & t", Text: "a\n<b> 😀"}}, `{"version":"1.0","response":{"card":{"type":"Simple","title":"T & t","content":"a\n<b> 😀"}}}`},
		"a card is cleaned":                  {&Response{Card: &Card{Title: "\xffT\x1b", Text: " a\r\n\tb\x00 \n"}}, `{"version":"1.0","response":{"card":{"type":"Simple","title":"T","content":"a\r\n\tb"}}}`},
		"a standard card":                    {&Response{Card: &Card{"T", "t", "https://x.example/s.png", "https://x.example/l.png?a=b&c=d"}}, `{"version":"1.0","response":{"card":{"type":"Standard","title":"T","text":"t","image":{"smallImageUrl":"https://x.example/s.png","largeImageUrl":"https://x.example/l.png?a=b&c=d"}}}}`},
		"a card with one image":              {&Response{Card: &Card{"T", "t", "http://x.example/s.png", "https://x.example/l.png"}}, `{"version":"1.0","response":{"card":{"type":"Standard","title":"T","text":"t","image":{"largeImageUrl":"https://x.example/l.png"}}}}`},
		"the skill can handle the intent":    {&Response{CanFulfill: &CanFulfill{Answer: Yes}}, `{"version":"1.0","response":{"canFulfillIntent":{"canFulfill":"YES"}}}`},
		"the skill cannot handle the intent": {&Response{CanFulfill: &CanFulfill{}}, `{"version":"1.0","response":{"canFulfillIntent":{"canFulfill":"NO"}}}`},
		"an unknown answer":                  {&Response{CanFulfill: &CanFulfill{Answer: "perhaps"}}, `{"version":"1.0","response":{"canFulfillIntent":{"canFulfill":"NO"}}}`},
		"slots": {&Response{CanFulfill: &CanFulfill{Maybe, map[string]SlotFulfillment{"Date": {Maybe, Maybe}, "Q": {Yes, Yes}}}},
			`{"version":"1.0","response":{"canFulfillIntent":{"canFulfill":"MAYBE","slots":{"Date":{"canUnderstand":"MAYBE","canFulfill":"NO"},"Q":{"canUnderstand":"YES","canFulfill":"YES"}}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tt.want, encode(t, tt.response))
		})
	}
}

func TestEncodeDropsInvalidImages(t *testing.T) {
	long := "https://x.example/" + strings.Repeat("a", 2000)
	for _, u := range []string{
		"http://x.example/a.png", "HTTP://x.example/a.png", "//x.example/a.png", "/a.png", "a.png", "https:///a.png", "https:a.png",
		"data:image/png;base64,AAAA", "https://x.example/a b.png", "https://x.example/ä.png", "https://x.example/\n", "https://x.example:port/",
		`https://x.example/"`, `https://x.example/\`, "https://x.example/%zz", long[:2001],
	} {
		out := encode(t, &Response{Card: &Card{Text: "t", SmallImageURL: u, LargeImageURL: u}})
		require.Equal(t, `{"version":"1.0","response":{"card":{"type":"Simple","content":"t"}}}`, out, u)
	}
	for _, u := range []string{long[:2000], "HTTPS://x.example/a.png", "https://x.example:8443/a%20b.png"} {
		require.Contains(t, encode(t, &Response{Card: &Card{Text: "t", SmallImageURL: u}}), `"smallImageUrl":"`+u+`"`)
	}
}

func TestEncodeDoesNotChangeResponse(t *testing.T) {
	card := &Card{Title: "T", Text: strings.Repeat("日本。", 9000)}
	r := &Response{Speech: Say(card.Text), Card: card}
	before := *card
	encode(t, r)
	require.Equal(t, before, *card)
	require.Same(t, card, r.Card)
	require.Equal(t, Say(card.Text), r.Speech)
}

// An answer is a decoded response.
type answer struct {
	SessionAttributes map[string]any
	Response          struct {
		OutputSpeech struct{ SSML string }
		Reprompt     struct{ OutputSpeech struct{ SSML string } }
		Card         *struct {
			Title, Content, Text string
			Image                struct{ SmallImageURL, LargeImageURL string }
		}
	}
}

func read(t *testing.T, encoded string) (a answer) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(encoded), &a))
	return a
}

func TestEncodeLimitsEachPart(t *testing.T) {
	sentence := "It's a sentence of the blog. " // 29 characters, or 34 with &apos;
	a := read(t, encode(t, &Response{
		Speech:   Say(strings.Repeat(sentence, 300)),
		Reprompt: Say(strings.Repeat("word ", 3000)),
		Card:     &Card{Title: "Title", Text: strings.Repeat(sentence, 300)},
	}))
	body := strings.Repeat("It&apos;s a sentence of the blog. ", 235)
	require.Equal(t, "<speak>"+strings.TrimSpace(body[:234*34])+"</speak>", a.Response.OutputSpeech.SSML)
	require.Equal(t, "<speak>"+strings.TrimSpace(strings.Repeat("word ", 1597))+"</speak>", a.Response.Reprompt.OutputSpeech.SSML)
	require.Equal(t, strings.TrimSpace(strings.Repeat(sentence, 275)), a.Response.Card.Content)
	require.Equal(t, "Title", a.Response.Card.Title)
}

func TestEncodeCountsUTF16(t *testing.T) {
	fits := Say(strings.Repeat("é", 7985))
	require.Equal(t, fits.SSML(), read(t, encode(t, &Response{Speech: fits})).Response.OutputSpeech.SSML)
	long := read(t, encode(t, &Response{Speech: Say(strings.Repeat("é", 7986))})).Response.OutputSpeech.SSML
	require.Equal(t, fits.SSML(), long)
	pairs := read(t, encode(t, &Response{Speech: Say(strings.Repeat("𠮷", 7985))})).Response.OutputSpeech.SSML
	require.Equal(t, Say(strings.Repeat("𠮷", 3992)).SSML(), pairs)
}

func TestEncodeCountsAllCardText(t *testing.T) {
	image := "https://x.example/" + strings.Repeat("a", 1982)
	a := read(t, encode(t, &Response{Card: &Card{strings.Repeat("t", 1000), strings.Repeat("c", 9000), image, image}}))
	require.Len(t, a.Response.Card.Text, 3000)
	require.Equal(t, image, a.Response.Card.Image.LargeImageURL)
	a = read(t, encode(t, &Response{Card: &Card{Title: strings.Repeat("t", 9000), Text: "c"}}))
	require.Len(t, a.Response.Card.Title, 8000)
	require.Empty(t, a.Response.Card.Content)
}

func TestEncodeShortensCardThenRepromptThenSpeech(t *testing.T) {
	wide := strings.Repeat("日本語。", 1900) // 7,600 characters, 22,800 bytes
	part := strings.Repeat("日本語。", 100)  // 1,200 bytes
	pad := map[string]any{"pad": strings.Repeat("x", 20000)}
	for name, tt := range map[string]struct {
		response               Response
		speech, reprompt, card bool // true if Encode must not change the part
		noCard, noReprompt     bool
	}{
		"the card's text first":         {response: Response{Speech: Say(part), Reprompt: Say(part), Card: &Card{Title: "T", Text: wide}}, speech: true, reprompt: true},
		"the reprompt after the card":   {response: Response{Speech: Say(part), Reprompt: Say(wide), Card: &Card{Title: "T", Text: part}, Attributes: map[string]any{"pad": strings.Repeat("x", 1000)}}, speech: true, noCard: true},
		"the speech after the reprompt": {response: Response{Speech: Say(wide), Reprompt: Say("日本語。"), Attributes: pad}, noReprompt: true},
		"the whole speech":              {response: Response{Speech: Say(part), Attributes: map[string]any{"pad": strings.Repeat("x", 24500)}}, noReprompt: true},
		"a response within the limit":   {response: Response{Speech: Say(part), Reprompt: Say(part), Card: &Card{Title: "T", Text: part}}, speech: true, reprompt: true, card: true},
	} {
		t.Run(name, func(t *testing.T) {
			a := read(t, encode(t, &tt.response)).Response
			require.Equal(t, tt.speech, a.OutputSpeech.SSML == tt.response.Speech.SSML())
			require.Equal(t, tt.reprompt, a.Reprompt.OutputSpeech.SSML == tt.response.Reprompt.SSML())
			require.Equal(t, tt.card, a.Card != nil && a.Card.Content == tt.response.Card.Text)
			if tt.noCard {
				require.Nil(t, a.Card)
			}
			if tt.noReprompt {
				require.Empty(t, a.Reprompt.OutputSpeech.SSML)
			}
		})
	}
}

func TestEncodeDropsCardBeforeSpeech(t *testing.T) {
	r := &Response{Speech: Say(strings.Repeat("日本語。", 1000)), Reprompt: Say("Well?"), Attributes: map[string]any{"pad": ""}}
	r.Attributes["pad"] = strings.Repeat("x", maxResponse-1-len(encode(t, r)))
	want := encode(t, r)
	r.Card = &Card{Title: "T", Text: "t", LargeImageURL: "https://x.example/"}
	require.Equal(t, want, encode(t, r))
}

func TestEncodeUsesAvailableSpace(t *testing.T) {
	wide := strings.Repeat(`日本"語\。`, 1300)
	pad := map[string]any{"pad": strings.Repeat("x", 10000)}
	out := encode(t, &Response{Speech: Say("Hello."), Card: &Card{Title: "T", Text: wide}, Attributes: pad})
	require.Greater(t, len(out), maxResponse-2*len(`日本"語\。`))
	require.True(t, strings.HasPrefix(wide, read(t, out).Response.Card.Content))
}

func TestEncodeNeverCutsAttributes(t *testing.T) {
	frame := len(`{"version":"1.0","sessionAttributes":{"pad":""},"response":{}}`)
	fits := map[string]any{"pad": strings.Repeat("x", maxResponse-1-frame)}
	a := read(t, encode(t, &Response{Attributes: fits, Speech: Say("Hello."), Card: &Card{Text: "t", SmallImageURL: "https://x.example/"}}))
	require.Equal(t, fits, a.SessionAttributes)
	require.Empty(t, a.Response.OutputSpeech.SSML)

	out, err := Encode(&Response{Attributes: map[string]any{"pad": strings.Repeat("x", maxResponse-frame)}})
	require.ErrorIs(t, err, ErrTooLarge)
	require.Nil(t, out)
}

func TestEncodeReportsInvalidAttributes(t *testing.T) {
	out, err := Encode(&Response{Attributes: map[string]any{"c": make(chan int)}})
	require.ErrorContains(t, err, "session attributes")
	require.NotErrorIs(t, err, ErrTooLarge)
	require.Nil(t, out)
}

func TestJSONLengthMatchesEncoder(t *testing.T) {
	for _, text := range []string{"", "abc", `"quoted" \`, "a\r\n\tb", "é日😀", "\u2028\u2029", "<&>", "\x7f"} {
		quoted, err := jsontext.AppendQuote(nil, text)
		require.NoError(t, err)
		require.Equal(t, len(quoted)-len(`""`), jsonLength(text), "%q", text)
	}
}

func sampleResponse() *Response {
	open := false
	speech := Say("The last post is “How to back up your blog”.", "It's from Wednesday, November 25, 2015.", "Shall I read it to you?")
	return &Response{
		Attributes:       map[string]any{"v": 1, "at": "https://blog.example/2015/11/25/post", "asked": "read"},
		Speech:           speech,
		Reprompt:         Say("Shall I read it to you?"),
		Card:             &Card{Title: "How to back up your blog", Text: "It's from Wednesday, November 25, 2015.\nhttps://blog.example/2015/11/25/post", SmallImageURL: "https://blog.example/s.png"},
		ShouldEndSession: &open,
	}
}

func BenchmarkEncode(b *testing.B) {
	r := sampleResponse()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeTooLong(b *testing.B) {
	r := sampleResponse()
	r.Speech = Say(strings.Repeat("It's a sentence of the blog. ", 300))
	r.Card.Text = strings.Repeat("日本語。", 2000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSay(b *testing.B) {
	text := strings.Repeat("It’s a sentence of the blog, and “R&D” is in it. ", 100)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if Say(text).Empty() {
			b.Fatal("empty")
		}
	}
}
