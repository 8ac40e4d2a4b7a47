package utterance

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sentence is a line of testdata/sentences.txt: what a listener says, and what it must reach.
type sentence struct {
	group, text string
	want        Recognition
}

// readSentences reads testdata/sentences.txt.
func readSentences(t *testing.T) (all []sentence) {
	t.Helper()
	file, err := os.Open("testdata/sentences.txt")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	var group string
	var want Recognition
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimRight(lines.Text(), " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "=="):
			group = strings.Trim(line, "= ")
		case strings.HasPrefix(line, "    "):
			all = append(all, sentence{group, strings.TrimSpace(line), want})
		default:
			want = parseTarget(line)
		}
	}
	return all
}

// parseTarget parses an intent with its slot: "LastPostIntent Date=2026-03-13". "launch" only opens the skill.
func parseTarget(line string) Recognition {
	intent, slot, _ := strings.Cut(line, " ")
	target := Recognition{Intent: intent, Slots: map[string]string{}}
	if name, value, ok := strings.Cut(slot, "="); ok {
		target.Slots[name] = value
	}
	if intent == "launch" {
		return Recognition{}
	}
	return target
}

// sentenceContext is the context of all sentences.
func sentenceContext() MatchContext {
	return MatchContext{
		Today: today, InvocationName: "half elf",
		Categories: []string{"Recipes", "Travel", "Gardening", "Photography", "Local News", "R&D"},
	}
}

// TestSentences requires that each sentence reaches its intent with its slot. AMAZON.FallbackIntent means that the skill
// does not know the sentence.
func TestSentences(t *testing.T) {
	r := recognizerFor(t, "en-US")
	for _, s := range readSentences(t) {
		got, ok := r.Recognize(s.text, sentenceContext())
		if !ok {
			got = Recognition{Intent: "AMAZON.FallbackIntent", Slots: map[string]string{}}
		}
		if !assertEqualTargets(s.want, got) {
			t.Errorf("%s: %q reaches %s, not %s", s.group, s.text, got, s.want)
		}
	}
}

func assertEqualTargets(want, got Recognition) bool {
	return want.Intent == got.Intent && joinedSlots(want) == joinedSlots(got)
}

// String returns the intent and the slot as sentences.txt has them.
func (r Recognition) String() string {
	return strings.TrimSpace(strings.Join([]string{r.Intent, joinedSlots(r)}, " "))
}

func joinedSlots(r Recognition) string {
	var all []string
	for name, value := range r.Slots {
		all = append(all, name+"="+value)
	}
	return strings.Join(all, " ")
}
