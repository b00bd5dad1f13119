package wxlogin;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.ArrayFilters;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.QueryParameters;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;

/**
 * A memory backend that answers with copies. The library's own answers with the stored documents
 * themselves, which are then written to the network while an update may be changing them: a reader
 * would see half an update, which no MongoDB ever shows.
 */
final class Snapshots extends MemoryBackend {
    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
        return new Database(name, getCursorRegistry());
    }

    private static final class Database extends MemoryDatabase {
        Database(String name, CursorRegistry cursors) {
            super(name, cursors);
        }

        @Override
        protected MemoryCollection openOrCreateCollection(String name, CollectionOptions options) {
            return new Collection(this, name, options, cursorRegistry);
        }
    }

    private static final class Collection extends MemoryCollection {
        /** What is found now is about to be changed where it is. */
        private boolean modifies;

        Collection(MongoDatabase database, String name, CollectionOptions options, CursorRegistry cursors) {
            super(database, name, options, cursors);
        }

        @Override
        public synchronized QueryResult handleQuery(QueryParameters query) {
            QueryResult found = super.handleQuery(query);
            if (modifies) {
                return found;
            }
            List<Document> copies = new ArrayList<>();
            found.forEach(document -> copies.add(document.cloneDeeply()));
            return new QueryResult(copies, found.getCursorId());
        }

        /** The library stores microseconds at $currentDate, and compares and sorts by them. */
        @Override
        public synchronized Document updateDocuments(Document selector, Document update, ArrayFilters filters,
                boolean isMulti, boolean isUpsert, Oplog oplog) {
            if (update.get("$currentDate") instanceof Document fields) {
                Document set = update.get("$set") instanceof Document given ? given.clone() : new Document();
                Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
                fields.keySet().forEach(field -> set.put(field, now));
                update = update.clone();
                update.remove("$currentDate");
                update.put("$set", set);
            }
            return super.updateDocuments(selector, update, filters, isMulti, isUpsert, oplog);
        }

        @Override
        public synchronized Document findAndModify(Document query) {
            modifies = true;
            try {
                return super.findAndModify(query).cloneDeeply();
            } finally {
                modifies = false;
            }
        }
    }
}
