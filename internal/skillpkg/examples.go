package skillpkg

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/phrases"
)

// refusedInExamples are the characters that Amazon's API refuses in example phrases (INVALID_STRING_PATTERN).
const refusedInExamples = "/*@#$%^&(){}_[]|<>:;+=\\" + "／＊＠＃＄％＾＆（）｛｝＿「」｜＼＜＞：＋￥"

// The limits of a category or topic in an example phrase. Longer ones are hard to say.
const (
	maxExampleWords  = 5
	maxExampleLength = 40 // characters
)

// storeFacts returns what the store texts may say about the blog.
func (s Spec) storeFacts() phrases.StoreFacts {
	return phrases.StoreFacts{
		Episodes: s.Episodes, Categories: slices.DeleteFunc(s.slotValues("Category"), isUnfitForExample),
		Topics: slices.DeleteFunc(slices.Clone(s.Topics), isUnfitForExample),
	}
}

// slotValues returns the values of the skill's own type of a slot.
func (s Spec) slotValues(slot string) (values []string) {
	for _, i := range s.Intents {
		at := slices.IndexFunc(i.Slots, func(m ModelSlot) bool { return m.Name == slot })
		for _, t := range s.Types {
			if at >= 0 && i.Slots[at].Type == t.Name && values == nil {
				for _, v := range t.acceptedValues() {
					values = append(values, v.Name.Value)
				}
			}
		}
	}
	return values
}

// isUnfitForExample reports whether a category or topic cannot stand in an example phrase.
func isUnfitForExample(text string) bool {
	isSpoken := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || strings.ContainsRune(" '’-.", r)
	}
	return !isSayable(text) || strings.ContainsFunc(text, func(r rune) bool { return !isSpoken(r) }) ||
		len(strings.Fields(text)) > maxExampleWords || utf8.RuneCountInString(text) > maxExampleLength
}

// Topics returns the titles that can stand in an example phrase, such as "find the post about Winter gardens". The order
// does not depend on the order of the titles, so that a new post rarely changes the first one: a changed phrase changes
// the manifest, which the owner may have edited.
func Topics(titles []string) (topics []string) {
	for _, title := range titles {
		if topic := topicOf(title); topic != "" {
			topics = append(topics, topic)
		}
	}
	slices.SortFunc(topics, func(a, b string) int { return cmp.Or(cmp.Compare(topicRank(a), topicRank(b)), cmp.Compare(a, b)) })
	return slices.Compact(topics)
}

// topicOf returns a title for an example phrase. It cuts a long title at its first clause. It returns "" if the title
// cannot be used.
func topicOf(title string) string {
	title = strings.Join(strings.Fields(title), " ")
	for _, topic := range []string{title, firstClause(title)} {
		topic = strings.TrimRight(topic, " .,!?…")
		if !isUnfitForExample(topic) && (topic == strings.TrimRight(title, " .,!?…") || strings.Contains(topic, " ")) {
			return topic
		}
	}
	return ""
}

// firstClause returns the beginning of a title, up to a colon, dash, bracket or the end of a sentence.
func firstClause(title string) string {
	for _, end := range []string{": ", " – ", " — ", " - ", " | ", " (", ", ", "; ", ". ", "? ", "! "} {
		title, _, _ = strings.Cut(title, end)
	}
	return title
}

// topicRank orders topics by chance, but always in the same way. Topics of two words or more come first, because one word
// often finds several posts.
func topicRank(topic string) uint64 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(topic)) // never fails
	rank := uint64(hash.Sum32())
	if !strings.Contains(topic, " ") {
		rank += 1 << 32
	}
	return rank
}
