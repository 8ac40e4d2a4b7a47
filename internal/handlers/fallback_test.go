package handlers_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
)

// spokenSentences returns the sentences of an answer with its question.
func spokenSentences(text string) []string {
	return strings.Split(regexp.MustCompile(`([.?!]) `).ReplaceAllString(text, "$1\n"), "\n")
}

// requireNoCommonSentence requires that an answer does not say a sentence of the answer before it again.
func requireNoCommonSentence(t *testing.T, before, after string) {
	t.Helper()
	for _, sentence := range spokenSentences(after) {
		require.NotContains(t, spokenSentences(before), sentence, "%q after %q", after, before)
	}
}

// unknownRequests are requests that are not understood.
func unknownRequests() []*alexa.Envelope {
	return []*alexa.Envelope{intent("AMAZON.FallbackIntent"), intent("DancePostIntent"), intent("")}
}

// TestFallbacksDiffer sends requests that are not understood, several times in each state. Two answers in a row must not
// have a sentence in common.
func TestFallbacksDiffer(t *testing.T) {
	for _, state := range allStates() {
		for _, session := range []string{"", "amzn1.echo-api.session.1", "amzn1.echo-api.session.2"} {
			k := newFixture(t, saturday, state.posts...).newSession(t, "AudioPlayer")
			k.id = session
			state.reach(k)
			before := ""
			for i := range 8 {
				a := k.send(unknownRequests()[i%3])
				if a.HasEnded() {
					break // an episode goes on
				}
				requireNoCommonSentence(t, before, a.SpokenText())
				before = a.SpokenText()
			}
		}
	}
}

// TestFallbacksDifferAfterAnotherRequest does the same with a request between the two.
func TestFallbacksDifferAfterAnotherRequest(t *testing.T) {
	between := []string{"launch", "AMAZON.YesIntent", "AMAZON.NextIntent", "AMAZON.HelpIntent", "ListPostsIntent:", "ReadPostIntent:", "SearchPostsIntent:nowhere"}
	for _, state := range allStates() {
		k := newFixture(t, saturday, state.posts...).newSession(t)
		state.reach(k)
		if k.send(intent("AMAZON.FallbackIntent")).HasEnded() {
			continue
		}
		before := k.last.SpokenText()
		for _, words := range between {
			if k.send(parseRequest(words)).HasEnded() {
				break
			}
			a := k.send(intent("AMAZON.FallbackIntent"))
			requireNoCommonSentence(t, before, a.SpokenText())
			before = a.SpokenText()
		}
	}
}

// TestFallbackFitsMoment requires examples that the listener can use at once.
func TestFallbackFitsMoment(t *testing.T) {
	for _, row := range []struct {
		moment string
		before []string
		want   string
	}{
		{"nothing was said yet", nil, "“what's new”"},
		{"a post is offered", []string{"launch"}, "“read it”"},
		{"an episode is offered", []string{"LastPostIntent:2026-03-11"}, "“play it”"},
		{"a post is being read", []string{"ReadPostIntent:"}, "“go on”"},
		{"the next post is offered", []string{"ReadPostIntent:2026-03-09"}, "“read it again”"},
		{"a list was named", []string{"ListPostsIntent:"}, "“number two”"},
		{"the end of a list was named", []string{"ListPostsIntent:2026-02"}, "“number one”"},
		{"nothing was found", []string{"SearchPostsIntent:submarines"}, "“search for music”"},
		{"no post was wanted", []string{"launch", "AMAZON.NoIntent"}, "“what's new”"},
	} {
		t.Run(row.moment, func(t *testing.T) {
			k := newFixture(t, saturday, magazinePosts()...).newSession(t, "AudioPlayer")
			sendAll(k, row.before...)
			asked := k.last
			require.Contains(t, k.send(intent("AMAZON.FallbackIntent")).SpokenText(), row.want)
			require.Contains(t, k.send(intent("AMAZON.HelpIntent")).SpokenText(), row.want)
			if asked.IsOpen() && !strings.HasSuffix(asked.SpokenText(), asksElse) {
				require.Equal(t, asked.RepromptText(), k.last.RepromptText(), "the question stays the same")
			}
		})
	}
}

// TestHelpAfterThreeFallbacks requires general help, in one sentence, instead of a third example in a row.
func TestHelpAfterThreeFallbacks(t *testing.T) {
	const general = "I can read you the posts on half elf"
	k := newFixture(t, saturday, magazinePosts()...).newSession(t)
	sendAll(k, "ListPostsIntent:")
	var said []string
	for range 6 {
		said = append(said, k.send(intent("AMAZON.FallbackIntent")).SpokenText())
	}
	for i, text := range said {
		require.Equal(t, i == 2 || i == 5, strings.Contains(text, "posts on half elf") || strings.Contains(text, "With half elf"), "%d: %s", i+1, text)
		require.True(t, strings.HasSuffix(text, "?"), text)
	}
	require.Len(t, spokenSentences(said[2]), 2, "one sentence and the question: %s", said[2])

	sendAll(k, "AMAZON.FallbackIntent", "AMAZON.FallbackIntent", "AMAZON.RepeatIntent", "AMAZON.FallbackIntent", "AMAZON.FallbackIntent")
	require.NotContains(t, k.last.SpokenText(), general, "another request begins a new row")
}

// TestFallbackCounterIsUntrusted requires that forged counters begin a new conversation.
func TestFallbackCounterIsUntrusted(t *testing.T) {
	k := newFixture(t, saturday, magazinePosts()...).newSession(t)
	for i := range 130 { // the counter starts again
		a := k.send(intent("AMAZON.FallbackIntent"))
		require.True(t, a.IsOpen(), fmt.Sprint(i))
	}
}
