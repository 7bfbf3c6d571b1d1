package telegramtest

import "strconv"

// Photo sends photos with a caption: one alone, or several as an album, which is one update for each. The caption
// is the first one's.
func (c *Chat) Photo(caption string, photos ...[]byte) (messageIDs []int64) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	album := ""
	if len(photos) > 1 {
		c.s.nextID++
		album = strconv.FormatInt(c.s.nextID, 10)
	}
	for i, content := range photos {
		with := map[string]any{"photo": c.sizes(content)}
		if album != "" {
			with["media_group_id"] = album
		}
		if i == 0 && caption != "" {
			with["caption"] = caption
		}
		messageIDs = append(messageIDs, c.post(with))
	}
	return messageIDs
}

// sizes are a photo as Telegram has it: a thumbnail and the whole, not in an order that one could rely on.
func (c *Chat) sizes(content []byte) []any {
	size := func(content []byte, width, height int) map[string]any {
		id := c.s.newFile("photos", "x.jpg", content, 0)
		return map[string]any{"file_id": id, "file_unique_id": "u" + id, "width": width, "height": height, "file_size": len(content)}
	}
	return []any{size(content[:min(len(content), 8)], 90, 60), size(content, 1280, 853), size(content[:min(len(content), 16)], 320, 213)}
}

// Document sends a file with a caption.
func (c *Chat) Document(name, mime string, content []byte, caption string) (messageID int64) {
	return c.file("document", "documents", caption, content, 0, map[string]any{"file_name": name, "mime_type": mime})
}

// LargeDocument sends a file of which only the size is real: more than a bot may fetch, say.
func (c *Chat) LargeDocument(name string, size int64) (messageID int64) {
	return c.file("document", "documents", "", nil, size, map[string]any{"file_name": name})
}

// Voice sends a voice message.
func (c *Chat) Voice(content []byte) (messageID int64) {
	return c.file("voice", "voice", "", content, 0, map[string]any{"duration": 3, "mime_type": "audio/ogg"})
}

// Video sends a video.
func (c *Chat) Video(content []byte, caption string) (messageID int64) {
	return c.file("video", "videos", caption, content, 0, map[string]any{"duration": 3, "width": 640, "height": 480, "mime_type": "video/mp4", "file_name": "v.mp4"})
}

func (c *Chat) file(field, folder, caption string, content []byte, size int64, with map[string]any) int64 {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	name, _ := with["file_name"].(string)
	id := c.s.newFile(folder, name, content, size)
	with["file_id"], with["file_unique_id"] = id, "u"+id
	with["file_size"] = max(size, int64(len(content)))
	fields := map[string]any{field: with}
	if caption != "" {
		fields["caption"] = caption
	}
	return c.post(fields)
}
