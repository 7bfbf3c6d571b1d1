package storage

import (
	"context"

	sangkien "github.com/sangkien/sangkien"
)

// apply is the one switch over the closed set of effects, in five parts: who people are, which accounts are theirs, what they submit, what
// staff do, and what the organisation's data are.
func apply(ctx context.Context, tx *tx, effect sangkien.Effect, facts *sangkien.Facts) error {
	return applyPerson(ctx, tx, effect, facts)
}

func applyPerson(ctx context.Context, tx *tx, effect sangkien.Effect, facts *sangkien.Facts) error {
	switch e := effect.(type) {
	case sangkien.MemberJoined:
		return joinMember(ctx, tx, e)
	case sangkien.MemberEntered:
		return exec(ctx, tx, `insert into members(id, language, created_at) values ($1, $2, $3)`, e.Member, string(e.Language), ms(e.At))
	case sangkien.MemberNamed:
		return exec(ctx, tx, `update members set name = $2 where id = $1`, e.Member, e.Name)
	case sangkien.MemberPlaced:
		return exec(ctx, tx, `update members set unit_id = $2, unit_text = $3 where id = $1`, e.Member, e.Unit, e.Text)
	case sangkien.LanguageChosen:
		return exec(ctx, tx, `update members set language = $2 where id = $1`, e.Member, string(e.Language))
	case sangkien.TopicChosen:
		return exec(ctx, tx, `insert into subscriptions(member_id, topic, frequency, at) values ($1, $2, $3, $4)
			on conflict (member_id, topic) do update set frequency = excluded.frequency, at = excluded.at`, e.Member, string(e.Topic), string(e.Frequency), ms(e.At))
	case sangkien.ConsentAnswered:
		return addConsent(ctx, tx, e)
	case sangkien.ReachabilityChanged:
		return exec(ctx, tx, `update chats set reachable = $2, follows = $2 where address = $1`, e.Address.String(), flag(e.Reachable))
	case sangkien.InvitationIssued:
		i := e.Invitation
		return exec(ctx, tx, `insert into invitations(hash, role, unit_id, by_member, expires_at) values ($1, $2, $3, $4, $5)`,
			i.Hash, string(i.Grant.Role), i.Grant.Unit, i.By, ms(i.Expires))
	case sangkien.InvitationUsed:
		return useInvitation(ctx, tx, e)
	case sangkien.GrantRevoked:
		return revokeGrant(ctx, tx, e)
	case sangkien.MemberErased:
		return eraseMember(ctx, tx, e)
	case sangkien.AccountsLinked:
		return linkAccounts(ctx, tx, e)
	case sangkien.AccountUnlinked:
		return unlinkAccount(ctx, tx, e)
	case sangkien.AccountPreferred:
		return exec(ctx, tx, `update accounts set preferred = case when channel = $2 and external_id = $3 then 1 else 0 end where member_id = $1`,
			e.Member, e.Account.Channel, e.Account.External)
	case sangkien.DataRequested:
		q := e.Request
		return exec(ctx, tx, `insert into data_requests(id, member_id, kind, text, at, due_at, done_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			q.ID, q.Member, string(q.Right), q.Text, ms(q.At), ms(q.Due), ms(q.Done))
	case sangkien.DataRequestClosed:
		return closeRequest(ctx, tx, e)
	}
	return applyLink(ctx, tx, effect, facts)
}

func applyLink(ctx context.Context, tx *tx, effect sangkien.Effect, facts *sangkien.Facts) error {
	switch e := effect.(type) {
	case sangkien.LinkOffered:
		return offerLink(ctx, tx, e)
	case sangkien.LinkMissed:
		return exec(ctx, tx, `insert into link_tries(account, at) values ($1, $2)`, e.Account.Key(), ms(e.At))
	case sangkien.LinkClaimed:
		return claimLink(ctx, tx, e)
	case sangkien.LinkAgreed:
		ok, err := changed(tx.ExecContext(ctx, `update links set agreed = 1, expires_at = $3 where id = $1 and by_member = $2 and agreed = 0 and done = 0`,
			e.Link, e.By, ms(e.Expires)))
		return mustChange(ok, err, "link %d takes no yes now", e.Link)
	case sangkien.LinkDropped:
		ok, err := changed(tx.ExecContext(ctx, `delete from links where id = $1 and done = 0`, e.Link))
		return mustChange(ok, err, "link %d is over", e.Link)
	}
	return applyIdea(ctx, tx, effect, facts)
}

func applyIdea(ctx context.Context, tx *tx, effect sangkien.Effect, facts *sangkien.Facts) error {
	switch e := effect.(type) {
	case sangkien.IdeaBegun:
		return beginIdea(ctx, tx, e)
	case sangkien.AnswerGiven:
		return giveAnswer(ctx, tx, e)
	case sangkien.AttachmentAdded:
		return addAttachment(ctx, tx, e.Attachment)
	case sangkien.AttachmentsCleared:
		return exec(ctx, tx, `delete from attachments where idea_id = $1 and question = $2`, e.Idea, e.Question)
	case sangkien.AttachmentStored:
		return storeAttachment(ctx, tx, e)
	case sangkien.AttachmentRefused:
		return settle(ctx, tx, e.Attachment, `state = $2, reason = $3`, string(sangkien.FileRefused), e.Reason)
	case sangkien.AttachmentPostponed:
		return settle(ctx, tx, e.Attachment, `due_at = $2`, ms(e.Until))
	case sangkien.IdeaMoved:
		return moveIdea(ctx, tx, e, facts)
	case sangkien.DraftDeleted:
		return deleteDraft(ctx, tx, e)
	case sangkien.IdeaAnonymised:
		return anonymiseIdea(ctx, tx, e)
	}
	return applyDesk(ctx, tx, effect)
}

func applyDesk(ctx context.Context, tx *tx, effect sangkien.Effect) error {
	switch e := effect.(type) {
	case sangkien.DecisionHeld:
		return holdDecision(ctx, tx, e.Decision)
	case sangkien.DecisionDropped:
		return dropDecision(ctx, tx, e.Idea)
	case sangkien.SheetBegun:
		return exec(ctx, tx, `insert into sheets(id, kind, member_id, about_id, at) values ($1, $2, $3, $4, $5)`, e.Sheet, e.Kind, e.Member, e.About, ms(e.At))
	case sangkien.SheetAnswered:
		return answerSheet(ctx, tx, e)
	case sangkien.SheetClosed:
		return closeSheet(ctx, tx, e)
	case sangkien.LetterWritten:
		return writeLetter(ctx, tx, e)
	case sangkien.LetterAnswered:
		return answerLetter(ctx, tx, e)
	case sangkien.LetterClosed:
		return closeLetter(ctx, tx, e)
	case sangkien.PaperSaved:
		return savePaper(ctx, tx, e)
	case sangkien.PaperRemoved:
		return exec(ctx, tx, `update papers set removed = 1 where id = $1`, e.Paper)
	}
	return applyData(ctx, tx, effect)
}

func applyData(ctx context.Context, tx *tx, effect sangkien.Effect) error {
	switch e := effect.(type) {
	case sangkien.BroadcastPlanned:
		return planBroadcast(ctx, tx, e)
	case sangkien.BroadcastMoved:
		return moveBroadcast(ctx, tx, e)
	case sangkien.BulletinWritten:
		return writeBulletin(ctx, tx, e)
	case sangkien.BulletinMoved:
		return moveBulletin(ctx, tx, e)
	case sangkien.DigestMade:
		return makeDigest(ctx, tx, e)
	case sangkien.FeedAdded:
		return addFeed(ctx, tx, e.Feed)
	case sangkien.FeedRemoved:
		return exec(ctx, tx, `delete from feeds where id = $1`, e.Feed)
	case sangkien.FeedRead:
		return exec(ctx, tx, `update feeds set etag = $2, modified = $3, error = $4, checked_at = $5 where id = $1`, e.Feed, e.ETag, e.Modified, e.Error, ms(e.At))
	case sangkien.ReminderSaved:
		return saveReminder(ctx, tx, e)
	case sangkien.ReminderFired:
		return fireReminder(ctx, tx, e)
	case sangkien.ReminderMissed:
		return noteOccurrences(ctx, tx, e.Occurrences, e.Since)
	case sangkien.CampaignDated:
		return dateCampaign(ctx, tx, e)
	case sangkien.CampaignSaved:
		return saveCampaign(ctx, tx, e.Campaign)
	case sangkien.UnitSaved:
		return saveUnit(ctx, tx, e.Unit)
	case sangkien.ImportBegun:
		return beginImport(ctx, tx, e.Batch)
	case sangkien.Imported:
		return importBatch(ctx, tx, e.Batch)
	case sangkien.ImportUndone:
		return undoImport(ctx, tx, e)
	case sangkien.UpdateQuarantined:
		return exec(ctx, tx, `insert into quarantine(key, raw, at) values ($1, $2, $3)`, e.Key, e.Raw, ms(e.At))
	}
	return sangkien.Errorf(sangkien.EINTERNAL, "effect %T has no case in storage", effect)
}
