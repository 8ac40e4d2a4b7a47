package handlers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// TestPronunciations requires that each spoken text has the operator's pronunciations: titles, posts, greetings, prompts
// and reprompts. Cards, screens and the words for reading do not have them.
func TestPronunciations(t *testing.T) {
	const half, gopher = `<sub alias="haf">half</sub>`, `<phoneme alphabet="ipa" ph="ɡoʊ">Go</phoneme>`
	older, newer := postOn("2026-03-12", "Gophers like Go"), postOn("2026-03-13", "Go: a tour")
	s := newFixture(t, saturday, withText(older, longText(4)+"<p>Go on."), withText(newer, "<p>Go is R&amp;D. "+longText(4)))
	plain := newFixture(t, saturday, withText(older, longText(4)+"<p>Go on."), withText(newer, "<p>Go is R&amp;D. "+longText(4)))
	s.Settings.Greeting, plain.Settings.Greeting = "Hi, this is half elf.", "Hi, this is half elf."
	s.Settings.Pronounce = alexa.NewLexicon([]alexa.Pronunciation{{Word: "half", Alias: "haf"}, {Word: "Go", Phoneme: "ɡoʊ"},
		{Word: "R&D", Alias: "are & dee"}, {Word: "number", Alias: "numba"}, {Word: "to", Alias: "too"}, {Word: "help", Alias: "hulp"}})

	marked := 0
	for _, request := range []func() *alexa.Envelope{launch, func() *alexa.Envelope { return intent("LastPostIntent") },
		func() *alexa.Envelope { return intent("ReadPostIntent") }, func() *alexa.Envelope { return intent("ListPostsIntent") },
		func() *alexa.Envelope { return intent("AMAZON.HelpIntent") }, func() *alexa.Envelope { return intent("AMAZON.FallbackIntent") },
		func() *alexa.Envelope { return intent("SearchPostsIntent", "Query", "gophers") }} {
		a, without := s.send(t, onDevice(request(), apl)), plain.send(t, onDevice(request(), apl))
		ssml := a.Body.OutputSpeech.SSML
		require.Equal(t, without.SpokenText(), a.SpokenText(), "the same words")
		require.Equal(t, without.Body.Card, a.Body.Card, "the same card")
		require.Equal(t, without.Body.Directives, a.Body.Directives, "the same screen")
		for _, word := range []struct{ plain, marked string }{{"Go", gopher}, {"half", half}} {
			require.Equal(t, strings.Count(ssml, " "+word.plain+" "), 0, "%q is not marked: %s", word.plain, ssml)
			marked += strings.Count(ssml, word.marked)
		}
		require.NotContains(t, ssml, gopher+"phers")
		if a.IsOpen() {
			require.Equal(t, strings.Contains(a.RepromptText(), " to "), strings.Contains(a.Body.Reprompt.OutputSpeech.SSML, `<sub alias="too">to</sub>`))
		}
	}
	require.Greater(t, marked, 8)
	require.Contains(t, s.send(t, intent("ReadPostIntent")).Body.OutputSpeech.SSML, gopher+`: a tour. `)
	require.Contains(t, s.send(t, intent("ReadPostIntent")).Body.OutputSpeech.SSML, gopher+` is <sub alias="are &amp; dee">R&amp;D</sub>.`)
}

// TestPronunciationsOfAnotherVoice requires that a post in another language has the pronunciations too.
func TestPronunciationsOfAnotherVoice(t *testing.T) {
	p := withText(postOn("2026-03-13", "Hallo Go"), "<p>Das ist Go.</p>")
	p.Language = "de"
	s := newFixture(t, saturday, p)
	s.Settings.Pronounce = alexa.NewLexicon([]alexa.Pronunciation{{Word: "Go", Alias: "Golang"}})
	ssml := s.send(t, intent("ReadPostIntent")).Body.OutputSpeech.SSML
	require.Contains(t, ssml, `<lang xml:lang="de-DE">Hallo <sub alias="Golang">Go</sub>.</lang>`)
	require.Contains(t, ssml, `<lang xml:lang="de-DE">Das ist <sub alias="Golang">Go</sub>.</lang>`)
}

// TestReadingWithManyPronunciations reads a post that consists of such words to its end. No word may be lost.
func TestReadingWithManyPronunciations(t *testing.T) {
	const sentences = 800
	s := newFixture(t, saturday, withText(postOn("2026-03-13", "Go"), "<p>"+strings.Repeat("Go is Go. ", sentences)))
	s.Settings.Pronounce = alexa.NewLexicon([]alexa.Pronunciation{{Word: "Go", Alias: strings.Repeat("x", 100)}, {Word: "is", Phoneme: "ɪz"}})
	heard := 0
	listener := s.newSession(t)
	for a := listener.send(intent("ReadPostIntent")); heard < sentences && a.IsOpen(); a = listener.send(inSession(intent("AMAZON.YesIntent"))) {
		heard += strings.Count(a.SpokenText(), "Go is Go.")
	}
	require.Equal(t, sentences, heard, "each sentence once")
}
