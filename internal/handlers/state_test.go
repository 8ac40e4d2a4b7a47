package handlers_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// forgedStates returns states that are valid but that the service never sends.
func forgedStates() []string {
	var states []string
	for _, source := range []string{"newest", "period", "words", "category", "new"} {
		for _, what := range []string{"", "2026-03", "garden", "\\\"* OR NEAR(", "9999-12-31"} {
			for _, first := range []int{0, 1, 999_999, 1_000_000} {
				list := fmt.Sprintf(`"l":{"o":%q,"w":"%s","i":%d,"p":["1y2p0ij32e8e7.0","-1.5","0.0"]}`, source, what, first)
				states = append(states, `{"v":1,"q":"which","t":"list",`+list+`}`, `{"v":1,"q":"last","t":"list","s":"-1y2p0ij32e8e8.0",`+list+`}`)
			}
		}
	}
	for _, source := range []string{"newest", "period", "words", "category", "new"} {
		for _, post := range []string{"1y2p0ij32e8e7.0", "-1.5", "0.0", "tboa80.1"} {
			list := fmt.Sprintf(`"l":{"o":%q,"w":"2026-03","i":1000000,"p":[%q],"r":{"c":1000000,"b":1000000000000,"s":"0.0"}}`, source, post)
			states = append(states, fmt.Sprintf(`{"v":1,"q":"row","t":"text","p":%q,"n":10000,"k":"x","x":{"p":"0.0","n":9,"c":25},%s}`, post, list))
		}
	}
	for _, ref := range []string{"1y2p0ij32e8e7.zz", "-1y2p0ij32e8e8.0", "0.0", "tboa80.1"} {
		for _, part := range []int{1, 10_000} {
			for _, prompt := range []string{"on", "next", "else"} {
				states = append(states, fmt.Sprintf(`{"v":1,"q":%q,"t":"text","p":%q,"n":%d,"s":%[2]q}`, prompt, ref, part))
			}
		}
		for _, prompt := range []string{"read", "play", "older", "what", ""} {
			states = append(states, fmt.Sprintf(`{"v":1,"q":%q,"t":"post","p":%q}`, prompt, ref))
		}
	}
	return states
}

// TestForgedStates sends every request with every forged state. The answers must comply with Amazon's rules, and
// searches must not exceed their limit.
func TestForgedStates(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	counter := &readCounter{PostStore: s.Store}
	s.Store = counter
	for _, state := range forgedStates() {
		for _, words := range []string{
			"AMAZON.YesIntent", "AMAZON.NoIntent", "AMAZON.NextIntent", "AMAZON.PreviousIntent", "AMAZON.RepeatIntent", "AMAZON.StartOverIntent",
			"AMAZON.ResumeIntent", "ReadPostIntent:", "PlayEpisodeIntent:", "SelectPostIntent:2", "SelectPostIntent:1000000", "SearchPostsIntent:x", "WhatsNewIntent",
			"ReadAllIntent", "ReadNewIntent", "AMAZON.PauseIntent", "AMAZON.StopIntent",
		} {
			require.True(t, isValidState(state), state)
			e := inSession(parseRequest(words))
			e.Session.Attributes = map[string]json.RawMessage{"lastpost": json.RawMessage(state)}
			a := s.send(t, e)
			require.True(t, a.HasEnded() || a.statement() != "", "%s | %s", state, words)
		}
	}
	require.LessOrEqual(t, counter.maxLimit, 60)
}

// TestForgedLists requires an answer to forged lists: a list of a period without a date, and a list of new posts
// without a visit.
func TestForgedLists(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	for list, want := range map[string]string{
		`"o":"period","w":"garden"`: "I can't look that up right now. " + asksElse,
		`"o":"new"`:                 "That's the end of the list. " + asksLast,
	} {
		e := inSession(intent("AMAZON.NextIntent"))
		e.Session.Attributes = map[string]json.RawMessage{"lastpost": json.RawMessage(`{"v":1,"q":"which","t":"list","l":{"p":["0.0"],` + list + `}}`)}
		require.Equal(t, want, s.send(t, e).SpokenText())
	}
}

func TestInvalidStateStartsNewConversation(t *testing.T) {
	s := newFixture(t, saturday, magazinePosts()...)
	for _, state := range []string{``, `null`, `[]`, `"x"`, `{"v":2,"q":"on"}`, `{"v":1,"q":"which","l":{"o":"words","w":"garden","i":-5}}`} {
		e := inSession(intent("AMAZON.YesIntent"))
		e.Session.Attributes = map[string]json.RawMessage{"lastpost": json.RawMessage(state), "another": json.RawMessage(`1`)}
		require.Equal(t, "You can ask “what's new”, say “list the newest posts”, name a day, like “yesterday's post”, or say “stop”. "+asksWhat, s.send(t, e).SpokenText())
	}
}
