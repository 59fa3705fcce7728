import eu.europa.esig.dss.enumerations.DigestMatcherType;
import eu.europa.esig.dss.evidencerecord.common.validation.DefaultEvidenceRecordAnalyzer;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.ReferenceValidation;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Date;
import java.util.List;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.ers.ERSByteData;
import org.bouncycastle.tsp.ers.ERSEvidenceRecord;

/** RECORD OBJECT ...: of each pair a line, what DSS and what Bouncy Castle say: "ok", or why not. */
class EvidenceJudge {
    public static void main(String[] given) {
        for (int at = 0; at < given.length; at += 2) {
            Path record = Path.of(given[at]), object = Path.of(given[at + 1]);
            System.out.println(dss(record, object) + "\t" + bouncyCastle(record, object));
        }
    }

    private static String dss(Path file, Path object) {
        try {
            var analyzer = DefaultEvidenceRecordAnalyzer.fromDocument(new FileDocument(file.toFile()));
            analyzer.setCertificateVerifier(new CommonCertificateVerifier());
            analyzer.setDetachedContents(List.of(new FileDocument(object.toFile())));
            var record = analyzer.getEvidenceRecord();
            var layout = record.getStructureValidationResult();
            if (layout != null && !layout.isEmpty()) {
                return "layout: " + layout;
            }
            String held = fits(record.getReferenceValidation());
            if (!held.equals("ok")) {
                return held;
            }
            boolean isRenewal = false;
            for (var stamp : record.getTimestamps()) {
                if (!stamp.isMessageImprintDataFound() || !stamp.isMessageImprintDataIntact()) {
                    return "stamp of " + stamp.getGenerationTime();
                }
                if (isRenewal && !fits(stamp.getReferenceValidations()).equals("ok")) {
                    return "renewed " + stamp.getGenerationTime() + ": another stamp";
                }
                isRenewal = true;
                if (!stamp.isSignedBy(stamp.getCertificates().stream()
                        .filter(stamp::isSignedBy).findFirst().orElse(null))) {
                    return "signature of " + stamp.getGenerationTime();
                }
            }
            return "ok";
        } catch (RuntimeException wrong) {
            return wrong.toString().replaceAll("\\s", " ");
        }
    }

    /** Digests beside the one that is looked for are no concern: RFC 4998 has them in the list. */
    private static String fits(List<? extends ReferenceValidation> references) {
        boolean isThere = false;
        for (var one : references) {
            if (one.getType() != DigestMatcherType.EVIDENCE_RECORD_ORPHAN_REFERENCE) {
                if (!one.isFound() || !one.isIntact()) {
                    return one.getType() + " does not fit";
                }
                isThere = true;
            }
        }
        return isThere ? "ok" : "nothing of it";
    }

    private static String bouncyCastle(Path file, Path object) {
        try {
            var digests = new JcaDigestCalculatorProviderBuilder().build();
            var record = new ERSEvidenceRecord(Files.readAllBytes(file), digests);
            record.validatePresent(new ERSByteData(Files.readAllBytes(object)), new Date());
            var verifier = new JcaSimpleSignerInfoVerifierBuilder();
            record.validate(verifier.build(record.getSigningCertificate()));
            return "ok";
        } catch (Exception wrong) {
            return wrong.toString().replaceAll("\\s", " ");
        }
    }
}
