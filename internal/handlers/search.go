package handlers

import (
	"slices"
	"strings"

	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// handleSearchPosts searches posts by words. Right after a page of a list, the words may instead select one of its
// titles.
func (t *turn) handleSearchPosts() conversation.Answer {
	words := strings.TrimRight(session.SanitizeText(t.SlotValue("Query")), ".?! ") // the phrases already end with a punctuation mark
	switch {
	case words != "" && len(splitWords(words)) == 0 || t.SlotValue("Query") == "?":
		return t.Say(phrases.SearchWhat, phrases.Params{}).Ask(conversation.PromptSearch)
	case t.hasOnlyStopWords(words): // "search", "search for the"
		return t.NewAnswer().Ask(conversation.PromptSearch)
	}
	if post, ok := t.findByTitle(words); ok {
		return t.choosePost(post)
	}
	found := session.PostList{Source: session.SourceSearch, Query: words}
	posts, err := t.ListedPosts(found, maxFound)
	switch {
	case err != nil:
		return t.ArchiveFailure("search posts", err)
	case len(posts) == 0:
		return t.Say(phrases.NothingFound, phrases.Params{Said: words}).Ask(conversation.PromptSearch)
	case len(posts) == 1:
		return t.Announce(phrases.FoundOne, posts[0], phrases.Params{Said: words})
	}
	message := phrases.Found
	if len(posts) == maxFound {
		message = phrases.FoundMany
	}
	return t.Say(message, phrases.Params{Said: words, Count: len(posts)}).FollowedBy(t.announcePage(found, 0, t.SayPostGone))
}

// hasOnlyStopWords reports whether a search for the words would find every post or none: "the", "of the", "something", "".
func (t *turn) hasOnlyStopWords(words string) bool {
	stopWords := strings.Fields(t.PhraseText(phrases.StopWords, phrases.Params{}))
	return !slices.ContainsFunc(splitWords(words), func(word string) bool { return !slices.Contains(stopWords, word) })
}

// maxNamedCategories limits the categories that the skill names.
const maxNamedCategories = 5

// handleCategoryPosts names the newest posts of a category.
func (t *turn) handleCategoryPosts() conversation.Answer {
	name := t.categorySlot()
	switch name {
	case "": // for example after "what categories do you have"
		return t.sayCategories("", name)
	case "?":
		return t.sayCategories(phrases.WhichCategory, name)
	}
	category := session.PostList{Source: session.SourceCategory, Query: name}
	posts, err := t.ListedPosts(category, 2)
	switch {
	case err != nil:
		return t.ArchiveFailure("list category posts", err)
	case len(posts) == 0:
		return t.offerSearch(name)
	case len(posts) == 1:
		return t.Announce(phrases.CategoryOne, posts[0], phrases.Params{Said: name})
	}
	return t.Say(phrases.ListCategory, phrases.Params{Said: name}).FollowedBy(t.announcePage(category, 0, t.SayPostGone))
}

// categorySlot returns the category of the slot Category. The result is "" if the slot is empty.
func (t *turn) categorySlot() string {
	return session.SanitizeText(t.Envelope.Request.Intent.Canonical("Category"))
}

// offerSearch answers for an unknown category. It names some that exist, and offers the posts that mention the words.
func (t *turn) offerSearch(name string) conversation.Answer {
	unknown := t.sayCategories(phrases.NoCategory, name)
	if t.hasOnlyStopWords(name) {
		return unknown
	}
	found := session.PostList{Source: session.SourceSearch, Query: name}
	posts, err := t.ListedPosts(found, pageLength)
	switch {
	case err != nil:
		return t.ArchiveFailure("search posts", err)
	case len(posts) == 0:
		return unknown
	case len(posts) == 1:
		return unknown.FollowedBy(t.Announce(phrases.FoundOne, posts[0], phrases.Params{Said: name}))
	}
	return unknown.Say(phrases.FoundInstead, phrases.Params{Said: name}).Offer(found, posts)
}

// sayCategories says why, unless it is "", and names the categories. If there are many, it names some.
func (t *turn) sayCategories(why phrases.Message, name string) conversation.Answer {
	names, err := t.Env.Store.Categories(t.Ctx, maxNamedCategories+1)
	switch {
	case err != nil:
		return t.ArchiveFailure("list categories", err)
	case len(names) == 0:
		return t.Say(phrases.NoCategories, phrases.Params{}).Ask(conversation.PromptOpen)
	}
	a, message := t.NewAnswer(), phrases.Categories
	if why != "" {
		a = a.Say(why, phrases.Params{Said: name})
	}
	if len(names) > maxNamedCategories {
		names, message = names[:maxNamedCategories], phrases.SomeCategories
	}
	return a.Say(message, phrases.Params{Names: t.Language.List(names)}).Ask(conversation.PromptOpen)
}

// handleWhatsNew names the posts since the listener's previous visit.
func (t *turn) handleWhatsNew() conversation.Answer {
	latest, ok := t.LatestPost()
	switch news := t.CountNew(); {
	case !ok:
		return t.SayNoPosts()
	case t.State.Since == "":
		return t.Say(phrases.FirstVisit, phrases.Params{}).FollowedBy(t.AnnounceLatest())
	case news == 0:
		return t.Say(phrases.NothingNew, phrases.Params{}).FollowedBy(t.AnnounceLatest())
	case news == 1:
		return t.Announce(phrases.OneNew, latest, phrases.Params{})
	default:
		return t.Say(phrases.ListNew, phrases.Params{Count: news}).
			FollowedBy(t.announcePage(session.PostList{Source: session.SourceNew}, 0, t.SayPostGone))
	}
}
