package handlers

import (
	"slices"
	"strings"

	"lastpost/internal/phrases"
)

// handleSearchPosts searches posts by words. Right after a page of a list, the words may instead select one of its
// titles.
func (t *turn) handleSearchPosts() answer {
	words := strings.TrimRight(sanitizeText(t.slotValue("Query")), ".?! ") // the phrases already end with a punctuation mark
	switch {
	case words != "" && len(splitWords(words)) == 0 || t.slotValue("Query") == "?":
		return t.say(phrases.SearchWhat, phrases.Params{}).ask(promptSearch)
	case t.hasOnlyStopWords(words): // "search", "search for the"
		return t.newAnswer().ask(promptSearch)
	}
	if post, ok := t.findByTitle(words); ok {
		return t.choosePost(post)
	}
	found := postList{Source: sourceSearch, Query: words}
	posts, err := t.listedPosts(found, maxFound)
	switch {
	case err != nil:
		return t.archiveFailure("search posts", err)
	case len(posts) == 0:
		return t.say(phrases.NothingFound, phrases.Params{Said: words}).ask(promptSearch)
	case len(posts) == 1:
		return t.announce(phrases.FoundOne, posts[0], phrases.Params{Said: words})
	}
	message := phrases.Found
	if len(posts) == maxFound {
		message = phrases.FoundMany
	}
	return t.say(message, phrases.Params{Said: words, Count: len(posts)}).followedBy(t.announcePage(found, 0, t.sayPostGone))
}

// hasOnlyStopWords reports whether a search for the words would find every post or none: "the", "of the", "something", "".
func (t *turn) hasOnlyStopWords(words string) bool {
	stopWords := strings.Fields(t.phraseText(phrases.StopWords, phrases.Params{}))
	return !slices.ContainsFunc(splitWords(words), func(word string) bool { return !slices.Contains(stopWords, word) })
}

// maxNamedCategories limits the categories that the skill names.
const maxNamedCategories = 5

// handleCategoryPosts names the newest posts of a category.
func (t *turn) handleCategoryPosts() answer {
	name := t.categorySlot()
	switch name {
	case "": // for example after "what categories do you have"
		return t.sayCategories(phrases.Categories, name)
	case "?":
		return t.sayCategories(phrases.WhichCategory, name)
	}
	category := postList{Source: sourceCategory, Query: name}
	posts, err := t.listedPosts(category, 2)
	switch {
	case err != nil:
		return t.archiveFailure("list category posts", err)
	case len(posts) == 0:
		return t.offerSearch(name)
	case len(posts) == 1:
		return t.announce(phrases.CategoryOne, posts[0], phrases.Params{Said: name})
	}
	return t.say(phrases.ListCategory, phrases.Params{Said: name}).followedBy(t.announcePage(category, 0, t.sayPostGone))
}

// categorySlot returns the category of the slot Category. The result is "" if the slot is empty.
func (t *turn) categorySlot() string {
	return sanitizeText(t.envelope.Request.Intent.Canonical("Category"))
}

// offerSearch answers for an unknown category. It names some that exist, and offers the posts that mention the words.
func (t *turn) offerSearch(name string) answer {
	unknown := t.sayCategories(phrases.NoCategory, name)
	if t.hasOnlyStopWords(name) {
		return unknown
	}
	found := postList{Source: sourceSearch, Query: name}
	posts, err := t.listedPosts(found, pageLength)
	switch {
	case err != nil:
		return t.archiveFailure("search posts", err)
	case len(posts) == 0:
		return unknown
	case len(posts) == 1:
		return unknown.followedBy(t.announce(phrases.FoundOne, posts[0], phrases.Params{Said: name}))
	}
	return unknown.say(phrases.FoundInstead, phrases.Params{Said: name}).offer(found, posts)
}

// sayCategories names the categories.
func (t *turn) sayCategories(message phrases.Message, name string) answer {
	names, err := t.responder.Store.Categories(t.ctx, maxNamedCategories)
	switch {
	case err != nil:
		return t.archiveFailure("list categories", err)
	case len(names) == 0:
		return t.say(phrases.NoCategories, phrases.Params{}).ask(promptOpen)
	}
	return t.say(message, phrases.Params{Said: name, Names: t.language.List(names)}).ask(promptOpen)
}

// handleWhatsNew names the posts since the listener's previous visit.
func (t *turn) handleWhatsNew() answer {
	latest, ok := t.latestPost()
	switch news := t.countNew(); {
	case !ok:
		return t.sayNoPosts()
	case t.state.Since == "":
		return t.say(phrases.FirstVisit, phrases.Params{}).followedBy(t.announceLatest())
	case news == 0:
		return t.say(phrases.NothingNew, phrases.Params{}).followedBy(t.announceLatest())
	case news == 1:
		return t.announce(phrases.OneNew, latest, phrases.Params{})
	default:
		return t.say(phrases.ListNew, phrases.Params{Count: news}).followedBy(t.announcePage(postList{Source: sourceNew}, 0, t.sayPostGone))
	}
}
