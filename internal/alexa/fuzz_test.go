package alexa

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
)

// wellFormed requires that encoding/xml can parse the SSML, and returns the words.
func wellFormed(t *testing.T, ssml string) (words string) {
	t.Helper()
	decoder, depth, roots := xml.NewDecoder(strings.NewReader(ssml)), 0, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			require.Zero(t, depth)
			require.Equal(t, 1, roots)
			return words
		}
		require.NoError(t, err, ssml)
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				require.Equal(t, "speak", token.Name.Local)
				roots++
			} else {
				require.Contains(t, []string{"break", "lang", "sub", "phoneme"}, token.Name.Local)
			}
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			require.Positive(t, depth, "text outside of the root")
			words += string(token)
		}
	}
}

func FuzzSpeech(f *testing.F) {
	f.Add("One. Two & <three>.", "fr-FR", "C'est bon 🎉!", int64(500))
	f.Add("1\ufe0f\u20e3 \x00\xff\ufffe", "xx", "\u200b", int64(-1))
	f.Add("👩\u200d❤\ufe0f\u200d👨 e\u0301", "ja-JP", "一つ。二つ。", int64(99999))
	f.Fuzz(func(t *testing.T, text, locale, foreign string, ms int64) {
		s := Say(text)
		s.Pause(time.Duration(ms) * time.Millisecond)
		s.Lang(locale, foreign)

		words := strings.Join(strings.Fields(wellFormed(t, s.SSML())), " ")
		require.Equal(t, words, s.Plain(), "a foreign parser reads other words")
		require.Equal(t, words == "", s.Empty())
		require.False(t, strings.ContainsFunc(s.SSML(), func(r rune) bool {
			return !unicode.IsPrint(r) || isPictograph(r)
		}), "%q", s.SSML())
		require.Equal(t, s.Plain(), Say(s.Plain()).Plain(), "what is clean stays as it is")
		require.NotContains(t, s.SSML(), "  ")
	})
}

// checkTruncated requires that got equals whole or is a beginning of whole.
func checkTruncated(t *testing.T, whole, got string) {
	t.Helper()
	require.True(t, strings.HasPrefix(whole, got), "not a beginning: %q", got)
	if got == whole {
		return
	}
	require.Equal(t, strings.TrimSpace(got), got)
	if end := strings.TrimRightFunc(got, func(r rune) bool { return isClosingMark(r, "") }); strings.Contains(got, ". ") {
		require.True(t, strings.ContainsAny(end[max(len(end)-3, 0):], ".!?…।॥؟۔。！？．｡"), "does not end a sentence: %q", got)
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("One. Two.", "Well?", "Title", "Text\nof a card.", "https://x.example/a.png", "v", 1000, 1000)
	f.Add("日本語。", "日本。", "題", "日本語「です。」", "http://x.example/", strings.Repeat("x", 20000), 3000, 100)
	f.Add("wordwordword", "a\u0301", "\xff", "\"\\\u2028", "", "", 2000, 9000)
	f.Add("R&D's <b>. ", "&", strings.Repeat("t", 9000), "😀👍🏽", "https://x.example/", "", 900, 5000)
	f.Fuzz(func(t *testing.T, speech, reprompt, title, text, image, attribute string, times, cardTimes int) {
		repeat := func(text string, times int) string {
			return strings.Repeat(text, min(max(times, 0), 30000/max(len(text), 1)))
		}
		r := &Response{
			Attributes: map[string]any{"a": attribute},
			Speech:     Say(repeat(speech, times)),
			Reprompt:   Say(repeat(reprompt, times)),
			Card:       &Card{title, repeat(text, cardTimes), image, image},
		}
		r.Speech.Lang("de-DE", speech)
		out, err := Encode(r)
		if err != nil {
			require.ErrorIs(t, err, ErrTooLarge)
			bare, err := json.Marshal(attribute)
			require.NoError(t, err)
			require.Greater(t, len(bare), maxResponse-200)
			return
		}
		require.Less(t, len(out), 24*1024)
		a := read(t, string(out)).Response
		checkSpeech(t, r.Speech, a.OutputSpeech.SSML)
		checkSpeech(t, r.Reprompt, a.Reprompt.OutputSpeech.SSML)
		if a.Card == nil {
			return
		}
		checkTruncated(t, cleanCardText(title), a.Card.Title)
		checkTruncated(t, cleanCardText(r.Card.Text), a.Card.Content+a.Card.Text)
		total := a.Card.Title + a.Card.Content + a.Card.Text + a.Card.Image.SmallImageURL + a.Card.Image.LargeImageURL
		require.LessOrEqual(t, utf16Length(total), 8000)
	})
}

func checkSpeech(t *testing.T, whole Speech, ssml string) {
	t.Helper()
	if ssml == "" {
		return
	}
	require.LessOrEqual(t, utf16Length(ssml), 8000)
	checkTruncated(t, whole.Plain(), strings.Join(strings.Fields(wellFormed(t, ssml)), " "))
}
