package assembly

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/archive"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
)

// TestSpokenNameOfBlog requires that the blog's name is the configured title, else the title that an earlier process
// stored, else the invocation name.
func TestSpokenNameOfBlog(t *testing.T) {
	posts, err := archive.InMemory(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, posts.Close()) }()
	_, err = posts.Keep(t.Context(), feed.Batch{Notes: func(feed.StoreResult) (map[string][]byte, error) {
		return map[string][]byte{"feed": []byte(`{"Configured":"https://halfelf.org/feed/","Title":"Half-Elf on Tech"}`)}, nil
	}})
	require.NoError(t, err)
	newBlog := func(skill config.Skill) *Blog {
		return NewBlog(t.Context(), skill, posts, "", nil, slog.New(slog.DiscardHandler), time.Now)
	}

	skill := config.Skill{InvocationName: "half elf", Feed: "https://halfelf.org/feed/"}
	b := newBlog(skill)
	require.Equal(t, "Half-Elf on Tech", b.Handler.Title())
	require.Equal(t, "half elf", b.Handler.Blog, "without a title")

	skill.Feed = "https://halfelf.org/other/"
	require.Empty(t, newBlog(skill).Handler.Title(), "the title of another feed does not count")

	skill.Title = "The Half Elf"
	b = newBlog(skill)
	require.Nil(t, b.Handler.Title)
	require.Equal(t, "The Half Elf", b.Handler.Blog)
}

func TestConversationKeysReachHandlers(t *testing.T) {
	skill := config.Skill{Launch: "list", Resume: "at_once", Greeting: "Hey.", Goodbye: "Bye."}
	b, err := NewTransientBlog(t.Context(), skill, "", nil, time.Now)
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Archive.Close()) }()
	require.Equal(t, conversation.Preferences{Launch: "list", Resume: "at_once", Greeting: "Hey.", Goodbye: "Bye."}, b.Handler.Settings)
}
