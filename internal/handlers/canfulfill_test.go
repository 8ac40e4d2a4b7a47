package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
)

// canFulfillRequest returns Alexa's question whether the skill can handle an intent with slots.
func canFulfillRequest(name string, slots map[string]string) *alexa.Envelope {
	e := request("CanFulfillIntentRequest")
	e.Request.Intent = alexa.Intent{Name: name, Slots: map[string]alexa.Slot{}}
	for slot, value := range slots {
		e.Request.Intent.Slots[slot] = alexa.Slot{Name: slot, Value: value}
	}
	return e
}

func TestCanFulfill(t *testing.T) {
	type slots = map[string]string
	posts := []feed.Entry{postOn("2026-03-13", "Friday")}
	for _, row := range []struct {
		claim  string
		posts  []feed.Entry
		intent string
		filled slots
		want   string
		slots  slots // expected CanUnderstand and CanFulfill of each slot, which are equal
	}{
		{"the last post", posts, "LastPostIntent", nil, "YES", nil},
		{"a date", posts, "LastPostIntent", slots{"Date": "2026-03-13"}, "YES", slots{"Date": "YES"}},
		{"a date without posts", posts, "LastPostIntent", slots{"Date": "2026-03-01"}, "YES", slots{"Date": "YES"}},
		{"a slot that is not filled", posts, "LastPostIntent", slots{"Date": ""}, "YES", slots{"Date": "YES"}},
		{"a date that makes no sense", posts, "LastPostIntent", slots{"Date": "?"}, "MAYBE", slots{"Date": "NO"}},
		{"a slot that the intent does not have", posts, "LastPostIntent", slots{"Place": "2026-03-13"}, "MAYBE", slots{"Place": "NO"}},
		{"a valid slot and an unknown slot", posts, "LastPostIntent", slots{"Date": "2026-03", "Place": "here"}, "MAYBE", slots{"Date": "YES", "Place": "NO"}},
		{"a slot of an intent without slots", posts, "AMAZON.HelpIntent", slots{"Date": "2026-03"}, "MAYBE", slots{"Date": "NO"}},
		{"a count of a period", posts, "CountPostsIntent", slots{"Date": "2026-03", "Category": ""}, "YES", slots{"Date": "YES", "Category": "YES"}},
		{"a count of an unknown category", posts, "CountPostsIntent", slots{"Category": "cars"}, "MAYBE", slots{"Category": "NO"}},
		{"a number to play", posts, "PlayNumberIntent", slots{"Number": "2"}, "YES", slots{"Number": "YES"}},
		{"help", posts, "AMAZON.HelpIntent", nil, "YES", nil},
		{"an intent that the skill does not have", posts, "OrderPizzaIntent", nil, "NO", nil},
		{"a date of an intent that the skill does not have", posts, "OrderPizzaIntent", slots{"Date": "2026-03-13"}, "NO", slots{"Date": "NO"}},
		{"an empty intent name", posts, "", nil, "NO", nil},
		{"no posts yet", nil, "LastPostIntent", nil, "MAYBE", nil},
		{"no posts yet, with a date", nil, "LastPostIntent", slots{"Date": "2026-03-13"}, "MAYBE", slots{"Date": "YES"}},
		{"an intent that the skill does not have, and no posts yet", nil, "OrderPizzaIntent", nil, "NO", nil},
	} {
		t.Run(row.claim, func(t *testing.T) {
			got := newFixture(t, saturday, row.posts...).send(t, canFulfillRequest(row.intent, row.filled)).Body.CanFulfillIntent
			require.Equal(t, row.want, got.CanFulfill)
			require.Len(t, got.Slots, len(row.slots))
			for slot, want := range row.slots {
				require.Equal(t, want, got.Slots[slot].CanUnderstand)
				require.Equal(t, want, got.Slots[slot].CanFulfill)
			}
		})
	}
}

func TestCanFulfillNeedsNoSession(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-13", "Friday"))
	require.Equal(t, "YES", s.send(t, withoutSession(canFulfillRequest("LastPostIntent", nil))).Body.CanFulfillIntent.CanFulfill)
}

// TestCanFulfillLimitsSlots requires a response within Amazon's limit for a request with thousands of slots.
func TestCanFulfillLimitsSlots(t *testing.T) {
	s := newFixture(t, saturday, postOn("2026-03-13", "Friday"))
	many := map[string]string{}
	for i := range 5000 {
		many[fmt.Sprint("Slot", i)] = ""
	}
	require.LessOrEqual(t, len(s.send(t, canFulfillRequest("LastPostIntent", many)).Body.CanFulfillIntent.Slots), 16)
	long := map[string]string{"Date": "2026-03-13", strings.Repeat("x", 30_000): ""}
	require.Len(t, s.send(t, canFulfillRequest("LastPostIntent", long)).Body.CanFulfillIntent.Slots, 1)
}
