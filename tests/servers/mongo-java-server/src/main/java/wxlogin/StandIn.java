package wxlogin;

import java.util.List;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;

/**
 * mongo-java-server with a version of our own. The newest one it knows itself has wire version 8,
 * and the Rust driver talks to 9 and later only.
 */
public final class StandIn {
    private static final class Version implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    }

    private StandIn() {
    }

    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        MongoServer server = new MongoServer(new Snapshots().version(new Version()));
        // SIGTERM and SIGINT run the hooks; what was stored is gone with the process.
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", port);
        System.out.println("listens on " + server.getLocalAddress());
    }
}
